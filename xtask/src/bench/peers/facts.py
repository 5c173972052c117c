# The facts' questions of `cargo xtask bench` in DuckDB, on the same files: `facts.py import FOLDER OUT` types every
# column and writes Parquet; `facts.py weigh FOLDER AS_OF` asks for the cells of segment x partner type in one SQL
# statement over tables in memory. Prints `NAME: BEST MEDIAN UNIT`, and `answer:` with what the cells add up to.

import pathlib
import sys
import time

import duckdb

RUNS = 9
TYPES = {
    "CreatedDate": "TIMESTAMP", "LastModifiedDate": "TIMESTAMP", "CloseDate": "DATE", "ActivityDate": "DATE",
    "Export Date": "DATE", "on": "DATE", "Amount": "DECIMAL(18,2)", "AnnualRevenue": "DECIMAL(18,2)",
    "NumberOfEmployees": "DOUBLE", "Probability": "DOUBLE", "rate": "DOUBLE", "IsClosed": "BOOLEAN", "IsWon": "BOOLEAN",
}


def timed(name, runs, work):
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    times.sort()
    print(f"{name}: {times[0] * 1e3:.1f} {times[len(times) // 2] * 1e3:.1f} ms")


def read(file):
    header = file.open().readline().strip().strip('"').split('","')
    columns = ", ".join(f"'{name}': '{TYPES.get(name, 'VARCHAR')}'" for name in (name.strip('"') for name in header))
    return f"read_csv('{file}', header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})"


def import_all(database, folder, out):
    for file in sorted(folder.glob("*.csv")):
        if file.name != "attributed.csv":
            database.execute(f"COPY (SELECT * FROM {read(file)}) TO '{out}/{file.stem}.parquet' (FORMAT parquet)")


# What the star of the facts is, as tables: opportunities with class, partner type and amount in one currency; accounts.
def tables(database, folder):
    database.execute(f"""
        CREATE TABLE accounts AS
        SELECT left(Id, 15) AS account_id, NumberOfEmployees AS employees, Industry AS industry, Region__c AS region
        FROM {read(folder / 'accounts.csv')};
        CREATE TABLE deals AS
        SELECT d.opportunity_id, left(o.AccountId, 15) AS account_id, d.created_on, d.closed_on, d.status,
            d.amount_minor, d.class, coalesce(p."Partner Type", 'none') AS partner_type
        FROM read_csv('{folder}/attributed.csv', header = true, columns = {{
            'opportunity_id': 'VARCHAR', 'created_on': 'DATE', 'closed_on': 'DATE', 'status': 'VARCHAR',
            'amount_minor': 'BIGINT', 'class': 'VARCHAR', 'partner': 'VARCHAR'}}) AS d
        JOIN {read(folder / 'opportunities.csv')} AS o ON left(o.Id, 15) = d.opportunity_id
        LEFT JOIN {read(folder / 'partners.csv')} AS p ON p."Partner Name" = d.partner""")


WEIGH = """
    WITH seen AS (
        SELECT
            CASE WHEN a.employees >= 1000 AND a.region = 'EMEA' THEN 'enterprise EMEA'
                WHEN a.employees >= 1000 THEN 'enterprise'
                WHEN a.employees >= 100 THEN 'mid-market'
                WHEN a.industry = 'Software' THEN 'small software'
                ELSE 'none' END AS segment,
            d.partner_type, d.class, d.created_on, d.amount_minor,
            CASE WHEN d.status <> 'open' AND d.closed_on > $day THEN 'open' ELSE d.status END AS status,
            CASE WHEN d.status = 'open' OR d.closed_on > $day THEN $day ELSE d.closed_on END - d.created_on AS days
        FROM deals AS d LEFT JOIN accounts AS a USING (account_id)
        WHERE d.created_on <= $day)
    SELECT segment, partner_type, count(*) AS opportunities,
        count(*) FILTER (status = 'open'), count(*) FILTER (status = 'won') AS won, count(*) FILTER (status = 'lost'),
        count(amount_minor) FILTER (status = 'won'), sum(amount_minor) FILTER (status = 'won') AS sum_minor,
        median(amount_minor) FILTER (status = 'won') AS median_minor,
        quantile_cont(days, [0.25, 0.5, 0.75]) FILTER (status = 'won') AS quartiles,
        histogram(days) FILTER (status = 'open') AS open_days, histogram(days) FILTER (status = 'won') AS won_days,
        histogram(days) FILTER (status = 'lost') AS lost_days,
        histogram(date_trunc('quarter', created_on)) FILTER (class = 'sourced') AS quarters
    FROM seen GROUP BY segment, partner_type ORDER BY segment, partner_type"""


def main():
    what, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    database = duckdb.connect()
    name = f"duckdb {duckdb.__version__}"
    if what == "import":
        timed(name, 3, lambda: import_all(database, folder, sys.argv[3]))
        return
    tables(database, folder)
    cells = []

    def ask():
        nonlocal cells
        cells = database.execute(WEIGH, {"day": sys.argv[3]}).fetchall()

    ask()
    timed(name, RUNS, ask)
    adds = [sum(cell[nth] or 0 for cell in cells) for nth in (2, 4, 7)]
    medians = sum(cell[8] or 0 for cell in cells)
    days = sum(cell[9][1] for cell in cells if cell[9])
    spells = sum(len(cell[nth] or {}) for cell in cells for nth in (10, 11, 12))
    sourced = sum(sum((cell[13] or {}).values()) for cell in cells)
    print(f"answer: {len(cells)} {adds[0]} {adds[1]} {adds[2]} {medians:.1f} {days:.2f} {spells} {sourced}")


main()
