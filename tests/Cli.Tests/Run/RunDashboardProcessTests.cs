using System.Globalization;
using Tidemark.Support.Fixtures;

namespace Tidemark.Cli.Tests.Run;

/// <summary>Goal: who asks for no dashboard does not load what serves it. Method: the files that the process has mapped.</summary>
public sealed class RunDashboardProcessTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("off", false)]
    [InlineData("0", true)]
    public async Task Run_Dashboard_LoadsTheServerOnlyWhenAsked(string dashboard, bool isLoaded)
    {
        using TidemarkProcess run = TidemarkProcess.Start(_folder.Path, "run", "--source", "-", "--json", "--dashboard", dashboard);
        await run.UntilAsync(() => Maps(run).Contains("Tidemark.Engine.dll", StringComparison.Ordinal));

        Assert.Equal(isLoaded, Maps(run).Contains("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain("OpenTelemetry", Maps(run), StringComparison.Ordinal);
        run.Input.Close();
        Assert.Equal(0, await run.ExitAsync());
        Assert.Equal(isLoaded, run.Error.Contains("tidemark: dashboard: http://127.0.0.1:", StringComparison.Ordinal));
    }

    private static string Maps(TidemarkProcess run) => File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{run.Id}/maps"));
}
