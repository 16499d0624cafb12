"""Signal: the three curves of an experiment."""
