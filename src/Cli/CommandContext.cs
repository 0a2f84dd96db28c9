namespace Tidemark.Cli;

/// <summary>What a command touches of the process it runs in, so that tests can stand in for it.</summary>
/// <param name="Error">Where progress, summaries and mistakes go.</param>
/// <param name="OpenStandardOutput">Opens the stream for results; its writes must fail when the reader has gone.</param>
/// <param name="Time">The clock.</param>
public sealed record CommandContext(TextWriter Error, Func<Stream> OpenStandardOutput, TimeProvider Time)
{
    /// <summary>Opens the stream that <c>--source -</c> reads.</summary>
    public Func<Stream> OpenStandardInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Tells which file stdin was redirected from, if any.</summary>
    internal Func<FileIdentity?> IdentifyStandardInput { get; init; } = () => null;

    /// <summary>Reads a variable of the environment; null when it is not set.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Whether <see cref="Error"/> is a terminal, where progress may be redrawn in place.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Whether results are shown on the same kind of terminal: what is redrawn in place would run through them.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>The real standard streams and clock.</summary>
    public static CommandContext ForProcess() =>
        new(Console.Error, StandardOutput.Open, TimeProvider.System)
        {
            IdentifyStandardInput = FileIdentity.OfStandardInput,
            ErrorIsTerminal = !Console.IsErrorRedirected, OutputIsTerminal = !Console.IsOutputRedirected,
        };

    /// <summary>Prints one line for a person, under the command's name. Whatever the message quotes cannot steer a terminal.</summary>
    public void Say(string message) => Error.WriteLine("tidemark: " + Printable.Escape(message));
}
