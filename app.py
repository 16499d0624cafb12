from simulator.ui import shell

shell.run()
