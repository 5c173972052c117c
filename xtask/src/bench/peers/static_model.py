# The static model of `cargo xtask bench foresight` in numpy: six bets, each 300 targets through four uncertain steps
# times an uncertain deal value, summed. Prints `PEER: draws/s at best, median; mean, P(>= 1500), p10, p50, p90`.

import time

import numpy

DRAWS = 200_000
RUNS = 15


def model(luck):
    total = numpy.zeros(DRAWS)
    for value in (33, 38, 43, 48, 53, 58):
        variance = numpy.log1p((25 / value) ** 2)
        bet = luck.lognormal(numpy.log(value) - variance / 2, numpy.sqrt(variance), DRAWS)
        for a, b in ((5, 7), (7, 5), (5, 7), (3, 9)):
            bet *= luck.beta(a, b, DRAWS)
        total += 300 * bet
    return [total.mean(), (total >= 1500).mean(), *numpy.quantile(total, (0.1, 0.5, 0.9))]


luck = numpy.random.default_rng(1)
times = []
answers = []
for _ in range(RUNS):
    begun = time.perf_counter()
    answers.append(model(luck))
    times.append(time.perf_counter() - begun)
times.sort()
numbers = " ".join(f"{x:.4f}" for x in numpy.mean(answers, axis=0))
print(f"numpy {numpy.__version__}: {DRAWS / times[0]} {DRAWS / times[RUNS // 2]} {numbers}")
