using System.Globalization;
using Tidemark.Sinks;

namespace Tidemark.Cli.Generate;

/// <summary>One run of <c>tidemark generate</c>: writes the stream, tells how far it is, and sums up.</summary>
internal sealed class GenerateRun(GeneratorOptions options, string path, CommandContext context)
{
    private const int BufferBytes = 1 << 20;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private readonly EventGenerator _generator = new(options);
    private readonly long _started = context.Time.GetTimestamp();
    private long _bytes;
    private TimeSpan _nextProgress = ProgressEvery;

    private string Target => OutputTarget.IsStandardOutput(path) ? "standard output" : Printable.Escape(path);

    /// <summary>Runs to the end and returns the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        try
        {
            using OutputTarget target = OutputTarget.Open(path, context.OpenStandardOutput);
            if (!WriteAll(target.Stream, cancellation))
            {
                context.Error.WriteLine(OutputTarget.IsStandardOutput(path)
                    ? Text($"tidemark: interrupted after {_generator.Written:N0} events")
                    : $"tidemark: interrupted, {Target} was not written");
                return CommandRunner.Interrupted;
            }

            target.Complete();
        }
        catch (Exception problem) when (IoProblem.Is(problem))
        {
            context.Error.WriteLine($"tidemark: cannot write {Target}: {IoProblem.Describe(problem)}");
            return CommandRunner.Failed;
        }

        Summarize();
        return CommandRunner.Done;
    }

    private bool WriteAll(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        bool more = true;
        while (more)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            int used = 0;
            while (used <= BufferBytes - EventGenerator.MaxLineBytes && (more = _generator.TryWriteNext(buffer.AsSpan(used), out int bytes)))
            {
                used += bytes;
            }

            stream.Write(buffer, 0, used);
            _bytes += used;
            ShowProgress();
        }

        return true;
    }

    private void ShowProgress()
    {
        TimeSpan elapsed = context.Time.GetElapsedTime(_started);
        if (elapsed < _nextProgress)
        {
            return;
        }

        _nextProgress = elapsed + ProgressEvery;
        long done = _generator.Written;
        string share = Text($"{100.0 * done / options.Events:0} %");
        context.Error.WriteLine(Text(
            $"{done:N0} of {options.Events:N0} events ({share}), {Size(_bytes)}, {done / elapsed.TotalSeconds:N0} events/s"));
    }

    private void Summarize()
    {
        string start = Time(options.Start.ToUnixTimeMilliseconds());
        string times = $"{Time(_generator.EarliestEventTimeMs)} to {Time(_generator.LatestEventTimeMs)}";
        context.Error.WriteLine(Text($"""
            tidemark: wrote {_generator.Written:N0} events, {Size(_bytes)}, to {Target}; event time {times}, seed {options.Seed}
            Same bytes again: the same options with --start {start} --seed {options.Seed}
            Next: {NextCommand()}
            """));
    }

    private string NextCommand()
    {
        if (OutputTarget.IsStandardOutput(path))
        {
            return "tidemark generate ... --out - | tidemark run --source -";
        }

        return $"tidemark run --source {Printable.Escape(ShellText.Word(path))}";
    }

    /// <summary>A number of bytes for people.</summary>
    internal static string Size(long bytes) => bytes < 1_000_000_000 ? Text($"{bytes / 1e6:N1} MB") : Text($"{bytes / 1e9:N2} GB");

    /// <summary>A time for people, and for <c>--start</c>.</summary>
    internal static string Time(long unixMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(unixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
