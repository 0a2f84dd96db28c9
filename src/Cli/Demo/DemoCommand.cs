using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tidemark.Cli.Dashboard;
using Tidemark.Cli.DeadLetters;
using Tidemark.Cli.Generate;
using Tidemark.Cli.Run;
using Tidemark.Cli.Sources;
using Tidemark.Core;
using Tidemark.Core.Results;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Lake;

namespace Tidemark.Cli.Demo;

/// <summary><c>tidemark demo</c>: a made-up web shop through the real engine, faster than the clock.</summary>
internal static class DemoCommand
{
    private const string Text =
        """
        See it work: a made-up web shop's clickstream through the real engine.

        75 minutes of event time, ending now, are played in --duration. Minutes and hours are listed as the
        watermark passes them; some events come late and correct windows that were closed already. Every window
        goes to a lake of Parquet files in a new folder under ./tidemark-demo, always with its last revision, and
        so does every visit, as a session that ends after 10 minutes of silence; what could not be counted goes to a
        file beside it. The dashboard shows it all while it happens, and on a terminal stays for as long as somebody
        looks at it.
        """;

    /// <summary>Event time played: long enough for an hour to close in the middle of it.</summary>
    private static readonly TimeSpan EventTime = TimeSpan.FromMinutes(75);

    /// <summary>A third of the default, so that sessions are seen to end.</summary>
    private static readonly TimeSpan SessionGap = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan DefaultDuration = TimeSpan.FromSeconds(60);

    public static Command Create(CommandContext context)
    {
        Option<TimeSpan?> duration = new("--duration")
        {
            Description = "How long it runs, 1s to 1h. [default: 60s]", HelpName = "DURATION", CustomParser = ParseDuration,
        };
        Option<int> rate = new("--rate")
        {
            Description = "About how many events come per second of the clock, 1 to 1,000,000; never fewer than one per second of event time.",
            HelpName = "N", DefaultValueFactory = _ => 20_000, CustomParser = ParseRate,
        };
        Option<string?> dashboard = DashboardArgument.Create($"{DashboardArgument.DemoPort}, or a free port when that is in use");
        Option<bool> open = new("--open") { Description = "Open the dashboard in a browser." };
        DashboardAddress? address = null;
        Command command = new Command("demo", Text) { duration, rate }.With([dashboard, open], result =>
        {
            List<string> mistakes = [];
            address = DashboardArgument.Read(
                result, dashboard, new DashboardAddress(DashboardAddress.Loopback, DashboardArgument.DemoPort) { FallsBack = true }, mistakes);
            return mistakes;
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                new Play(parsed.GetValue(duration) ?? DefaultDuration, parsed.GetValue(rate), address, parsed.GetValue(open)),
                context, cancellationToken),
            CancellationToken.None));
        return command;
    }

    /// <summary>What is played, and where it is shown.</summary>
    private sealed record Play(TimeSpan Duration, int Rate, DashboardAddress? Dashboard, bool Opens);

    private static int Run(Play play, CommandContext context, CancellationToken cancellationToken)
    {
        (TimeSpan duration, int rate, _, _) = play;
        DateTimeOffset now = context.Time.GetUtcNow();
        int perEventSecond = Math.Max(1, (int)Math.Round(rate * (duration / EventTime)));
        GeneratorOptions shop = new()
        {
            Events = (long)perEventSecond * (long)EventTime.TotalSeconds,
            EventsPerSecond = perEventSecond,
            Start = now - EventTime,
            Seed = (ulong)now.ToUnixTimeSeconds(),
        };
        try
        {
            EngineOptions options = new() { Input = new() { Sessions = new() { Gap = SessionGap } } };
            (LocalLake lake, string letters) = DemoFolder.Make("tidemark-demo", now);
            RunOptions run = new(["-"], lake.Root, Json: false, letters, now + duration, JobTuning.Default);
            using LineSource source = LineSource.Of(
                "demo", new DemoStream(new EventGenerator(shop), shop.Start, EventTime / duration, context.Time, cancellationToken),
                context, run.Now);
            using DeadLetterFile deadLetters = DeadLetterFile.Open(letters, source.Files, keeps: false);
            HashSet<string> overlapping = [.. options.Windows.Where(window => window.Kind.Overlaps).Select(window => window.Name)];
            Interval played = new(shop.Start.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
            TableSink table = new(
                context.OpenResults(), result => result.Phase == Phase.OnTime
                    && result.EndMs > played.StartMs && result.StartMs < played.EndMs && !overlapping.Contains(result.Window), context.Output);
            context.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"A web shop's last {EventTime.TotalMinutes:0} minutes in {Durations.Format(duration)}: "
                    + $"about {shop.Events / duration.TotalSeconds:N0} events per second. Ctrl-C ends it."));
            using RunDashboard? dashboard = play.Dashboard is null
                ? null
                : RunDashboard.Start(play.Dashboard, "tidemark demo", options, new LakeReader(lake), context);
            if (play.Opens && dashboard is not null)
            {
                Browser.Open(dashboard.Url, context);
            }

            RunParts parts = new(source, [table]) { Lake = lake, DeadLetters = deadLetters, Dashboard = dashboard };
            int exit = new RunSession(parts, run, options, context).Run(cancellationToken);
            Runner.Show(dashboard, exit, context, cancellationToken);
            return exit;
        }
        catch (Exception error) when (error is SinkException or SourceException)
        {
            context.Say(error.Message);
            return CommandRunner.Failed;
        }
    }

    private static TimeSpan? ParseDuration(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (!Durations.TryParse(text, out TimeSpan duration, out string? mistake))
        {
            argument.AddError($"--duration: {mistake}");
        }
        else if (duration < TimeSpan.FromSeconds(1) || duration > TimeSpan.FromHours(1))
        {
            argument.AddError($"--duration: expected 1s to 1h, got '{text}'");
        }

        return duration;
    }

    private static int ParseRate(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rate) || rate is < 1 or > 1_000_000)
        {
            argument.AddError($"--rate: expected 1 to 1,000,000, got '{text}'");
        }

        return rate;
    }
}
