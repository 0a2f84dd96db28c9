using Tidemark.Cli.Terminal;
using Tidemark.Sinks;

namespace Tidemark.Cli;

/// <summary>What a command touches of the process it runs in, so that tests can stand in for it.</summary>
/// <param name="Error">Where progress, summaries and mistakes go.</param>
/// <param name="OpenStandardOutput">Opens the stream for results; its writes must fail when the reader has gone.</param>
/// <param name="Time">The clock.</param>
public sealed record CommandContext(TextWriter Error, Func<Stream> OpenStandardOutput, TimeProvider Time)
{
    /// <summary>Opens the stream that <c>--source -</c> reads.</summary>
    public Func<Stream> OpenStandardInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Tells whether the process was started without stdin.</summary>
    public Func<bool> IsStandardInputClosed { get; init; } = () => false;

    /// <summary>Tells which file stdin was redirected from, if any.</summary>
    internal Func<FileIdentity?> IdentifyStandardInput { get; init; } = () => null;

    /// <summary>Reads a variable of the environment; null when it is not set.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>What <see cref="OpenStandardOutput"/> leads to.</summary>
    public Screen Output { get; init; } = new();

    /// <summary>What <see cref="Error"/> leads to.</summary>
    public Screen Errors { get; init; } = new();

    /// <summary>The status line of <see cref="Error"/>; null where nothing can be redrawn in place.</summary>
    internal StatusLine? Status { get; init; }

    /// <summary>The real standard streams and clock.</summary>
    public static CommandContext ForProcess()
    {
        Screen errors = ScreenOf(!Console.IsErrorRedirected);
        TextWriter error = StandardStream.IsClosed(StandardStream.Error) ? TextWriter.Null : Console.Error;
        StatusLine? status = errors.CanRedraw ? new StatusLine(error, errors) : null;
        return new(status ?? error, StandardOutput.Open, TimeProvider.System)
        {
            IsStandardInputClosed = () => StandardStream.IsClosed(StandardStream.Input),
            IdentifyStandardInput = FileIdentity.OfStandardInput,
            Output = ScreenOf(!Console.IsOutputRedirected) with { MayReachTerminal = !StandardOutput.IsSeekable() },
            Errors = errors,
            Status = status,
        };
    }

    /// <summary>Opens the stream for results.</summary>
    /// <exception cref="SinkException">There is none.</exception>
    internal Stream OpenResults()
    {
        try
        {
            return OpenStandardOutput();
        }
        catch (IOException error)
        {
            throw new SinkException($"cannot write results to standard output: {IoProblem.Describe(error)}", error);
        }
    }

    /// <summary>Prints one line for a person, under the command's name. Whatever the message quotes cannot steer a terminal.</summary>
    public void Say(string message) => Error.WriteLine("tidemark: " + Printable.Escape(message));

    private static Screen ScreenOf(bool isTerminal) => Screen.Of(isTerminal, System.Environment.GetEnvironmentVariable, Screen.ConsoleWidth);
}
