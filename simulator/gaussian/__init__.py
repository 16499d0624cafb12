"""Gaussian averages of activations: what infinite-width theory is made of."""

from simulator.gaussian.one_point import Moments as Moments
from simulator.gaussian.one_point import average as average
from simulator.gaussian.one_point import moments as moments
from simulator.gaussian.saturation import fraction_always_within as fraction_always_within
from simulator.gaussian.saturation import fraction_within as fraction_within
from simulator.gaussian.two_point import Pair as Pair
from simulator.gaussian.two_point import arc_cosine as arc_cosine
from simulator.gaussian.two_point import covariance as covariance
from simulator.gaussian.two_point import pair as pair
from simulator.gaussian.two_point import precise as precise
