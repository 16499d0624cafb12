"""Short runs of gradient descent: several init schemes or wirings side by side on the same data in the same order."""

from simulator.studies.training.data import Dataset as Dataset
from simulator.studies.training.data import digits as digits
from simulator.studies.training.data import of_table as of_table
from simulator.studies.training.optimizers import Optimizer as Optimizer
from simulator.studies.training.plan import SERIES as SERIES
from simulator.studies.training.plan import Training as Training
from simulator.studies.training.record import Record as Record
from simulator.studies.training.run import Run as Run
from simulator.studies.training.run import train as train
