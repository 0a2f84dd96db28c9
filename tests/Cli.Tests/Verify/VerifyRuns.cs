using System.Text;
using System.Text.Json.Nodes;
using Tidemark.Cli.Run;
using Tidemark.Cli.Tests.State;
using Tidemark.Cli.Verify;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Tests.Verify;

/// <summary>Runs into one lake with its state, and verifications of it.</summary>
internal sealed class VerifyRuns : IDisposable
{
    private StringWriter _error = new();
    private MemoryStream _output = new();

    public StateRuns Runs { get; } = new();

    /// <summary>What the last verification wrote to standard output.</summary>
    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    /// <summary>What it told on standard error.</summary>
    public string Error => _error.ToString();

    public JsonObject Json => JsonNode.Parse(Output)!.AsObject();

    /// <summary>The options of a verification of the lake.</summary>
    public VerifyOptions Options(params string[] sources) =>
        new(sources, Runs.Lake, new Interval(long.MinValue, long.MaxValue),
            Json: false, Now: null, Runs.Tuning) { State = Runner.StateOf(Runs.Lake) };

    public int Verify(params string[] sources) => Verify(Options(sources));

    public int Verify(VerifyOptions verify, TimeProvider? time = null)
    {
        _error.Dispose();
        _error = new StringWriter();
        _output = new MemoryStream();
        return Verifier.Run(verify, Runs.Options, new CommandContext(_error, () => _output, time ?? TimeProvider.System), default);
    }

    /// <summary>Changes the windows of a family in the lake: what a person would do to it with another tool.</summary>
    public async Task TamperAsync(string family, Func<WindowResult, WindowResult?> change)
    {
        LakeSink sink = new(LocalLake.Open(Runs.Lake), Runs.Options.Windows);
        List<WindowResult> changed = [];
        await foreach (WindowResult result in new LakeReader(LocalLake.OpenToRead(Runs.Lake))
            .ReadAsync(family, new Interval(long.MinValue, long.MaxValue), default))
        {
            if (change(result) is { } other)
            {
                changed.Add(other with { Revision = result.Revision + 1, Phase = Phase.Corrected });
            }
        }

        await sink.WriteAsync(changed, default);
    }

    public void Dispose()
    {
        Runs.Dispose();
        _error.Dispose();
        _output.Dispose();
    }
}
