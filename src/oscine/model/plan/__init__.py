"""What a training run takes before anyone rents it: layout, memory, time, energy, cost, failures.

Pure: shapes and counts in, numbers out; no torch, no I/O but the published runs that ship with it. `oscine train plan` prints it, and
`python -m benchmarks.plan` judges it by runs that others have published (docs/guides/plan.md).
"""
