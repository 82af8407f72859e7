"""Is PyTorch there, and does it compute?"""

if __name__ == "__main__":
    # --8<-- [start:check]
    import torch

    print(torch.ones(2, 3).sum())
    # --8<-- [end:check]
