"""Is PyTorch there, and does it compute?"""

# --8<-- [start:check]
import torch

print(torch.ones(2, 3).sum())
# --8<-- [end:check]
