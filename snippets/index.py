"""The home page: the post's whole question and its answer, in one short program."""

if __name__ == "__main__":
    # --8<-- [start:story]
    import torch
    from torch import nn

    torch.manual_seed(0)
    x = torch.randn((100, 1))
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))  # θ = (5, 7), hidden in noise

    model = nn.Linear(1, 1)  # starts from a random θ
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(100):
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    print(f"trained   θ₀ = {model.bias.item():.3f}   θ₁ = {model.weight.item():.3f}")
    # --8<-- [end:story]

    # --8<-- [start:answer]
    from snippets.estimates import show

    show(x, y)
    # --8<-- [end:answer]
