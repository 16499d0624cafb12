"""Models built from torch.nn alone, as people write them: residual, transformer-like, recurrent, shared modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Block(nn.Module):
    """A residual block as ResNet v1 has it: one activation called twice, the sum in place."""

    def __init__(self, channels: int, *, norm: bool = True, inplace: bool = True) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.relu = nn.ReLU(inplace=inplace)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        if self.relu.inplace:
            out += x
        else:
            out = out + x
        return self.relu(out)


class PreBlock(nn.Module):
    """A residual block as ResNet v2 has it: norm and activation first, a bare sum last."""

    def __init__(self, channels: int, *, norm: bool = True) -> None:
        super().__init__()
        norms = [nn.BatchNorm2d(channels) if norm else nn.Identity() for _ in range(2)]
        convs = [nn.Conv2d(channels, channels, 3, padding=1, bias=False, padding_mode="circular") for _ in range(2)]
        self.branch = nn.Sequential(norms[0], nn.ReLU(), convs[0], norms[1], nn.ReLU(), convs[1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x)


def resnet(block: type[nn.Module] = Block, blocks: int = 4, channels: int = 8, **more: bool) -> nn.Module:
    """Stem, blocks, pooled head."""
    return nn.Sequential(
        nn.Conv2d(3, channels, 3, padding=1, bias=False),
        *(block(channels, **more) for _ in range(blocks)),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 10),
    )


class Attention(nn.Module):
    """Causal self-attention, written out."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.proj(mixed.transpose(1, 2).reshape(batch, length, width))


class Layer(nn.Module):
    """A pre-norm transformer layer."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """Token and position embeddings, layers, a head that shares the embedding's weights."""

    def __init__(
        self, layers: int = 4, width: int = 64, heads: int = 4, vocabulary: int = 100, length: int = 64
    ) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.layers = nn.ModuleList(Layer(width, heads) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.tokens(tokens) + self.places(torch.arange(tokens.shape[1]))
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))


class Vision(nn.Module):
    """Patches, a class token, transformer layers: ViT in small."""

    def __init__(self, layers: int = 3, width: int = 32) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.layers = nn.Sequential(
            *(
                nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
                for _ in range(layers)
            )
        )
        self.head = nn.Linear(width, 10)

    def forward(self, images: Tensor) -> Tensor:
        patches = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(images), -1, -1), patches], 1)
        return self.head(self.layers(x)[:, 0])


class Recurrent(nn.Module):
    """An LSTM with the sequence first, and a cell called at every step."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.lstm, self.cell, self.head = nn.LSTM(width, width), nn.GRUCell(width, width), nn.Linear(width, 4)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        sequence, _ = self.lstm(x)
        state = torch.zeros_like(sequence[0])
        for step in sequence:
            state = self.cell(step, state)
        return {"logits": self.head(state), "state": state}
