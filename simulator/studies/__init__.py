"""One question a file: an experiment goes in, a frozen result comes out."""
