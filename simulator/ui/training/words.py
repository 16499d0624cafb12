"""Sentences of the page Training: which networks learn which data."""

from __future__ import annotations

from simulator.experiment import SAME, Experiment
from simulator.layered import LISTS
from simulator.settings import number_text
from simulator.studies.training import Run
from simulator.studies.training.run import POPULATION, PROBED


def sentences(run: Run, last_activation: str) -> list[str]:
    """The networks, their wiring, the data, and whose statistics batch norm takes; `last_activation` is not trained."""
    lines = [_networks(run, last_activation), _wiring(run), _data(run)]
    if any(stack.normalization is not None and stack.normalization.of_batch for stack in run.networks.stacks):
        rows = min(POPULATION, len(run.parts.inputs))
        lines.append(
            "Batch norm: every step takes its minibatch's statistics; rows held out are judged by those of "
            f"{rows:,} training examples, all at once (Ioffe & Szegedy 2015, algorithm 2), where PyTorch takes "
            "running averages."
        )
    return lines


def _networks(run: Run, last_activation: str) -> str:
    training, networks, first = run.training, run.networks, run.experiment
    widths = networks.layer_widths
    shape = [str(widths[0]), f"{networks.depth - 1} × {training.train_width}", str(widths[-1])]
    if networks.depth == 1:
        del shape[1]
    each = training.layer_by_layer(first)
    activation, init, gain = (
        (getattr(first, many) if each else "") or number_text(getattr(first, one)) for many, (one, _) in LISTS.items()
    )
    scheme = f" init scheme {init}," if training.train_compare == "wirings" else ""
    last = "" if first.last_init == SAME else f" last init scheme {first.last_init},"
    unit = first.lsuv == "on" and training.train_compare == "schemes"
    scale = f"LSUV over {PROBED} rows" if unit else f"gain {gain}"
    linear = "linear outputs"
    if last_activation not in (SAME, "linear"):
        linear += f" (the loss holds what squashes them: the last activation {last_activation} stays out)"
    return (
        f"Trained: networks of {networks.depth} layer{'' if networks.depth == 1 else 's'}, {' → '.join(shape)}, with "
        f"{activation},{scheme}{last} {linear}, {scale}, {first.bias} biases, seed {first.seed}; set "
        "depth and width below." + _alike(first, each)
    )


def _alike(experiment: Experiment, layer_by_layer: bool) -> str:
    """That layers which differ do not differ here, where they do not."""
    if layer_by_layer or not any(getattr(experiment, many) for many in LISTS):
        return ""
    return f" All layers have what most of the {experiment.depth} above have; at that depth they differ here too."


def _wiring(run: Run) -> str:
    sums = max(sum(1 for back in stack.walk.back if back) for stack in run.networks.stacks)
    where = f"a sum at {sums} of {run.networks.depth} layers, where both ends have as many units"
    if run.training.train_compare == "wirings":
        *_, both = run.training.wirings(run.experiment).values()
        skip, norm = both["residual"], both["normalization"]
        return (
            f"Wirings: plain layers; skip, residual branches {skip} with {where}; {norm} in front of the activation"
            f"{_dropout(run.experiment)}."
        )
    return f"Wiring: {_branches(run.experiment, where)}; {_norm(run.experiment)}{_dropout(run.experiment)}."


def _branches(experiment: Experiment, where: str) -> str:
    return (
        "no residual branches"
        if experiment.residual == "none"
        else f"residual branches {experiment.residual} with {where}"
    )


def _dropout(experiment: Experiment) -> str:
    """A sentence on dropout where there is any."""
    rate = number_text(experiment.dropout)
    return f"; dropout {rate} in every step, none where losses and layers are measured" if experiment.dropout else ""


def _norm(experiment: Experiment) -> str:
    if experiment.normalization == "none":
        return "no normalization"
    return f"{experiment.normalization} in front of every activation, with nothing to learn of its own"


def _data(run: Run) -> str:
    data, training = run.data, run.training
    count, held, learnt = data.features.shape[1], len(run.parts.held_inputs), len(run.parts.inputs)
    target = f"{len(data.classes)} classes" if data.classes else "a number"
    return (
        f"Data: {data.title}, {count} feature{'' if count == 1 else 's'}, {target}; {learnt:,} rows to learn from, "
        f"{held:,} held out, at most {PROBED} of either measured on; every network meets the same minibatches of "
        f"{training.batch(data)}. Loss: {training.loss_part(data)}."
    )
