using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Tidemark.Contracts.Tests;

public sealed class WorkerHostTests
{
    [Fact]
    public void Build_WithAService_ProvidesIt()
    {
        var builder = FunctionsApplication.CreateBuilder(["--Topic", "clicks"]);
        builder.Services.AddSingleton(TimeProvider.System);
        using var host = builder.Build();

        Assert.Same(TimeProvider.System, host.Services.GetRequiredService<TimeProvider>());
        Assert.Equal("clicks", builder.Configuration["Topic"]);
        Assert.Throws<InvalidOperationException>(builder.Build);
    }

    [Fact]
    public async Task StartAsync_ThereIsNoWorker_SaysThatThisIsAContract()
    {
        using var host = FunctionsApplication.CreateBuilder([]).Build();

        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() => host.StartAsync());
        Assert.Contains("contract", refusal.Message, StringComparison.Ordinal);
    }
}
