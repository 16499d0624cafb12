"""Which figures make up a page, one file a page, encoded once for everybody who looks at the same experiment."""
