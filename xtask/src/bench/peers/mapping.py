# Mapping of `cargo xtask bench`: `mapping.py ours PROGRAM FOLDER` runs our program on the lists of a folder,
# `mapping.py splink FOLDER` runs Splink on the same lists. Splink is given normalised columns for free; our time holds
# reading, normalising and writing. Either is held against the truth at the threshold that is best for it in hindsight.
# Prints `NAME: F1 PRECISION RECALL SECONDS CPU_SECONDS MEGABYTES`; ours also how good its probabilities are.

import collections
import csv
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata

FORMS = set(
    "inc incorporated corp corporation llc co company ltd limited plc llp gmbh ag kg se sa sas sarl bv nv bvba spa srl sl "
    "ab as asa aps oy oyj abp kk pvt private pty pte ltda cv de sab sp z o oo zoo dac publ the and".split()
)
COUNTRIES = {
    "usa": "us", "unitedstates": "us", "unitedstatesofamerica": "us", "uk": "gb", "unitedkingdom": "gb",
    "greatbritain": "gb", "england": "gb", "germany": "de", "deutschland": "de", "france": "fr", "canada": "ca",
    "netherlands": "nl", "thenetherlands": "nl", "holland": "nl", "india": "in", "australia": "au", "japan": "jp",
    "china": "cn", "peoplesrepublicofchina": "cn", "sweden": "se", "switzerland": "ch", "italy": "it", "spain": "es",
    "brazil": "br", "brasil": "br", "israel": "il", "singapore": "sg", "ireland": "ie", "denmark": "dk", "norway": "no",
    "finland": "fi", "poland": "pl", "belgium": "be", "austria": "at", "southkorea": "kr", "korearepublicof": "kr",
    "taiwan": "tw", "mexico": "mx", "hongkong": "hk",
}
NOT_COMPANIES = {
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "gmx.de", "163.com", "qq.com",
    "web.de", "linkedin.com", "facebook.com", "twitter.com",
}
SECOND_LEVEL = {"co", "com", "org", "net", "ac"}


def letters(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", text.replace(".", "").replace("'", "")).strip()


def name(text):
    words = letters(re.sub(r"[(\[].*?[)\]]", " ", text).replace("&", " and ")).split()
    return " ".join(word for word in words if word not in FORMS) or " ".join(words) or None


def domain(text):
    host = re.sub(r"^[a-z]+://", "", text.lower()).split("/")[0].split("?")[0].split("@")[-1]
    parts = host.split(".")
    if len(parts) < 2:
        return None
    depth = 3 if len(parts) > 2 and parts[-2] in SECOND_LEVEL and len(parts[-1]) == 2 else 2
    found = ".".join(parts[-depth:])
    return None if found in NOT_COMPANIES else found


def country(text):
    key = letters(text).replace(" ", "")
    return COUNTRIES.get(key, key) or None


def rows(file):
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def truth(folder):
    sides = [{row["id"]: row["eid"] for row in rows(folder / f"{side}_truth.csv")} for side in "ab"]
    counts = [collections.Counter(side.values()) for side in sides]
    return sides, sum(count * counts[1][entity] for entity, count in counts[0].items())


def best(found, total):
    found.sort(key=lambda pair: -pair[0])
    hits, top = 0, (0, 0, 0)
    for count, (score, same) in enumerate(found, 1):
        hits += same
        if count == len(found) or found[count][0] != score:
            top = max(top, (2 * hits / (count + total), hits / count, hits / total))
    return top


def calibration(found):
    def share(low, high):
        inside = [same for p, same in found if low <= p < high]
        return f"{sum(inside)} {len(inside)}"

    bins = collections.defaultdict(list)
    for p, same in found:
        bins[min(9, int(p * 10))].append((p, same))
    error = sum(abs(sum(p - same for p, same in inside)) for inside in bins.values()) / max(1, len(found))
    return f"{share(0.9, 0.97)} {share(0.97, 2)} {error:.4f}"


def say(label, top, seconds, cpu, kilobytes, more=""):
    print(f"{label}: {top[0]:.4f} {top[1]:.4f} {top[2]:.4f} {seconds:.2f} {cpu:.2f} {kilobytes / 1024:.0f} {more}".strip())


def ours(program, folder):
    with tempfile.TemporaryDirectory() as out:
        pairs = pathlib.Path(out) / "pairs.csv"
        begun = time.perf_counter()
        command = [program, "map", "--ours", folder / "a.csv", "--theirs", folder / "b.csv", "--out", pairs, "--json"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        (a, b), total = truth(folder)
        found = [(float(row["probability"]), a[row["ours_id"]] == b[row["theirs_id"]]) for row in rows(pairs)]
    cpu = used.ru_utime + used.ru_stime
    say("beachhead", best(found, total), seconds, cpu, used.ru_maxrss, calibration(found))


def splink(folder):
    import pyarrow
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    def table(side):
        columns = collections.defaultdict(list)
        for row in rows(folder / f"{side}.csv"):
            core = name(row["name"])
            columns["unique_id"].append(row["id"])
            columns["name"].append(core)
            columns["joined"].append(core.replace(" ", "") if core else None)
            columns["start"].append(core.replace(" ", "")[:6] if core else None)
            columns["domain"].append(domain(row["website"]))
            columns["country"].append(country(row["country"]))
            columns["city"].append(letters(row["city"]) or None)
        return pyarrow.table({key: pyarrow.array(values, pyarrow.string()) for key, values in columns.items()})

    tables = [table(side) for side in "ab"]
    # A column that either list leaves empty compares nothing, and Splink refuses to train on it.
    filled = {key for key in tables[0].column_names if all(one[key].null_count < len(one) for one in tables)}
    blocks = [("domain",), ("joined",), ("start", "country"), ("start", "city")]
    blocks = [block for block in blocks if filled.issuperset(block)] + ([] if "country" in filled else [("start",)])
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.8]).configure(term_frequency_adjustments=True),
            *(
                cl.ExactMatch(column).configure(term_frequency_adjustments=True)
                for column in ("domain", "country", "city")
                if column in filled
            ),
        ],
        blocking_rules_to_generate_predictions=[block_on(*block) for block in blocks],
    )
    api = DuckDBAPI()
    linker = Linker([api.register(one, dataset_display_name=side) for one, side in zip(tables, "ab")], settings)
    sure = [block_on(*block) for block in (("domain",), ("joined", "country")) if filled.issuperset(block)]
    linker.training.estimate_probability_two_random_records_match(sure or [block_on("joined")], recall=0.76)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for block in (("domain",), ("joined",)) if "domain" in filled else (("joined",), ("start",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*block))
    predicted = linker.inference.predict(threshold_match_weight=-10)
    query = f"select unique_id_l, unique_id_r, match_weight from {predicted.physical_name}"
    pairs = api.duckdb_con.execute(query).fetchall()
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    (a, b), total = truth(folder)
    found = []
    for left, right, weight in pairs:
        left, right = (left, right) if left in a else (right, left)
        found.append((weight, a[left] == b[right]))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say("splink", best(found, total), seconds, cpu, after.ru_maxrss)


if sys.argv[1] == "ours":
    ours(sys.argv[2], pathlib.Path(sys.argv[3]))
else:
    splink(pathlib.Path(sys.argv[2]))
