"""The comment in a pull request: what a plan costs, and what a change of it does."""
