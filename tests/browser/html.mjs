// The HTML of a page as a validator reads it: html-validate with its recommended rules, and its weight on the wire.

import { gzipSync } from "node:zlib";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

// Rules of style, and two that the pages break on purpose: fonts and spaces are written by the templates, `novalidate` and
// labels are the form's own, and a table's empty corner is a cell.
const validator = new HtmlValidate(
  new StaticConfigLoader({
    extends: ["html-validate:recommended"],
    rules: {
      "attribute-boolean-style": "off",
      "attribute-empty-style": "off",
      "doctype-style": "off",
      "form-dup-name": ["error", { shared: ["radio", "checkbox", "button", "submit"] }],
      "long-title": "off",
      "no-inline-style": "error",
      "no-raw-characters": "off",
      "no-trailing-whitespace": "off",
      // Components of the pages carry roles that some readers need said: `role=search`, a region that scrolls.
      "prefer-native-element": "off",
      "no-redundant-role": "off",
      "tel-non-breaking": "off",
      "void-style": "off",
      "require-sri": "off",
      "valid-id": ["error", { relaxed: true }],
    },
  }),
);

/** What is wrong with a page's HTML, a line each. */
export async function invalid(html) {
  const { results } = await validator.validateString(html);
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message, line, column }) => `${ruleId}: ${message} (${line}:${column})`));
}

/** Bytes of a text under gzip. */
export const gzipped = (text) => gzipSync(text, { level: 9 }).length;
