"""`python -m oscine`."""

from oscine.cli import main

main()
