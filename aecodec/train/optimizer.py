"""How fast each part of the networks learns."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn, optim

from aecodec.train.config import Settings
from aecodec.train.networks import Autoencoder

# Shares of the learning rate, which is that of analysis. Latents had better move slowly; what decodes them
# and what predicts them must keep up.
SYNTHESIS_SHARE, PRIOR_SHARE = 4.0, 6.0
LINEAR_SHARE = 0.12  # the linear synthesis' weights are as much smaller
TABLES_SHARE = 10.0  # logits move over whole bits


def new_optimizer(model: Autoencoder, learning: Sequence[nn.Parameter], settings: Settings) -> optim.Optimizer:
    """Make AdamW over the parameters of the model that are ``learning``, in groups by their ``share`` of the rate."""
    shares = dict.fromkeys(model.prior.parameters(), PRIOR_SHARE)
    shares |= dict.fromkeys(model.synthesis.parameters(), SYNTHESIS_SHARE)
    shares[model.synthesis.linear.weight] = LINEAR_SHARE
    shares[model.prior.head.bias] = TABLES_SHARE
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in learning:
        groups.setdefault(shares.get(parameter, 1.0), []).append(parameter)
    return optim.AdamW(
        [{"params": parameters, "share": share} for share, parameters in groups.items()],
        settings.learning_rate,
        betas=(0.9, 0.995),
        weight_decay=settings.weight_decay,
        fused=model.synthesis.linear.weight.device.type != "mps",
    )
