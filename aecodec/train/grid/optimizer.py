"""What moves the weights: Adam, or Muon for the matrices and Adam for the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn, optim

from aecodec.train.grid.networks import Grid
from aecodec.train.grid.settings import Settings
from aecodec.train.grid.team import Team

_POLYNOMIAL = (3.4445, -4.7750, 2.0315)  # of Jordan et al. 2024; singular values end near 1
_MOMENTUM, _ITERATIONS = 0.95, 5
MUON_SHARE = 0.4  # of Adam's learning rate, times what makes updates as large as Adam's


class Muon(optim.Optimizer):
    """Momentum whose matrix is made orthogonal before each step (Jordan et al. 2024), by Newton-Schulz iterations."""

    def __init__(self, parameters: Iterable[nn.Parameter | dict[str, object]], lr: float, team: Team) -> None:
        super().__init__(parameters, {"lr": lr})  # type: ignore[arg-type]
        self._team = team

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step down the gradient."""
        for group in self.param_groups:
            parameters = [each for each in group["params"] if each.grad is not None]
            updates = [torch.zeros_like(each) for each in parameters]
            mine = set(self._shares(parameters))
            for number, parameter in enumerate(parameters):
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].mul_(_MOMENTUM).add_(parameter.grad, alpha=1 - _MOMENTUM)
                if number in mine:
                    ahead = parameter.grad.lerp(momentum, _MOMENTUM)
                    updates[number].copy_(orthogonal(ahead.reshape(len(ahead), -1)).reshape(parameter.shape))
            self._team.sum(updates)
            for parameter, update in zip(parameters, updates, strict=True):
                longest = max(len(parameter), parameter[0].numel())
                parameter.add_(update, alpha=-group["lr"] * longest**0.5)

    def _shares(self, parameters: Sequence[nn.Parameter]) -> list[int]:
        """Return the parameters that this process makes orthogonal: the costliest first, each to whoever has least
        to do.
        """
        costs = [min(len(p), p[0].numel()) ** 2 * max(len(p), p[0].numel()) for p in parameters]
        load = [0] * self._team.size
        found = []
        for number in sorted(range(len(costs)), key=lambda n: -costs[n]):
            owner = load.index(min(load))
            load[owner] += costs[number]
            if owner == self._team.rank:
                found.append(number)
        return found


def orthogonal(matrix: Tensor) -> Tensor:
    """Return the nearest matrix with orthonormal rows or columns, roughly.

    An iteration takes X to P X, where P is a polynomial of G = X X^T. P and G commute, so G goes to P G P, and only the
    product of the P meets X, once, at the end: for a long X that is a third of the work.
    """
    a, b, c = _POLYNOMIAL
    turned = matrix.shape[0] > matrix.shape[1]
    x: Tensor = matrix.T if turned else matrix
    x = x / (x.norm() + 1e-12)  # so no singular value is above 1, where the iterations would grow without end
    square, product = x @ x.T, torch.eye(len(x)).to(x)
    for left in reversed(range(_ITERATIONS)):
        step = torch.addmm(square, square, square, beta=b, alpha=c)
        step.diagonal().add_(a)
        product = product @ step
        if left:
            square = step @ square @ step
    x = product @ x
    found: Tensor = x.T if turned else x
    return found


class Both:
    """Several optimizers as one."""

    def __init__(self, parts: list[optim.Optimizer]) -> None:
        self.parts = parts

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for part in self.parts:
            part.zero_grad()

    def step(self) -> None:
        """Move all parameters."""
        for part in self.parts:
            part.step()

    def rate(self, rate: float) -> None:
        """Set the learning rate."""
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate * group.get("share", 1.0)

    def state_dict(self) -> dict[str, Any]:
        """Return the states of all optimizers, by number."""
        return {str(number): part.state_dict() for number, part in enumerate(self.parts)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take the states of all optimizers, by number. Raises ValueError if it is the state of other optimizers."""
        if len(state) != len(self.parts):
            raise ValueError("the state of another optimizer")
        for number, part in enumerate(self.parts):
            part.load_state_dict(state[str(number)])


def new_optimizer(model: Grid, settings: Settings, team: Team) -> Both:
    """Make the optimizer that the settings name."""
    tables = [model.gains, model.hyper_gains, model.hyper_means, model.hyper_scales]
    matrices = [p for p in model.parameters() if p.dim() == 4 and settings.optimizer == "muon"]
    taken = {id(p) for p in [*tables, *matrices]}
    rest = [p for p in model.parameters() if id(p) not in taken]
    groups: list[dict[str, Any]] = [{"params": rest}, {"params": tables, "share": 2.0}]
    parts: list[optim.Optimizer] = [optim.Adam(groups, settings.learning_rate, betas=(0.9, 0.99), foreach=True)]
    if matrices:
        parts.append(Muon([{"params": matrices, "share": MUON_SHARE}], settings.learning_rate, team))
    return Both(parts)
