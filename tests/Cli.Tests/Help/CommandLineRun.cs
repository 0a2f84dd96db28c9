using System.Text;
using Tidemark.Cli.Terminal;

namespace Tidemark.Cli.Tests.Help;

/// <summary>One command line in this process, its outputs kept.</summary>
internal sealed class CommandLineRun : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly MemoryStream _output = new();

    public string Error => _error.ToString();

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    public int? Width { get; init; }

    public Task<int> RunAsync(params string[] arguments)
    {
        CommandContext context = new(_error, () => _output, TimeProvider.System)
        {
            Output = new Screen { Width = Width is { } width ? () => width : null },
        };
        return CommandRunner.RunAsync(TidemarkCommand.Create(context), arguments, context);
    }

    public void Dispose()
    {
        _error.Dispose();
        _output.Dispose();
    }
}
