"""Speed and quality against peers, one command each; `make bench` runs them all. Not installed with the package."""
