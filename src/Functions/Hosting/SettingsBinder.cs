using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Tidemark.Core;
using Tidemark.Core.Metrics;
using Tidemark.Core.Parsing;
using Tidemark.Core.Windows;
using Tidemark.Functions.Entities;
using Tidemark.Functions.Ingest;
using Tidemark.Sinks;

namespace Tidemark.Functions.Hosting;

/// <summary>Binds the options to the app's settings at the start, reporting all mistakes at once.</summary>
public static partial class SettingsBinder
{
    /// <summary>The maximum number of panes in a window, since the topic's state has an entry for each of them.</summary>
    public const int MaxPanesOfWindow = 10_080;

    /// <summary>Binds and validates the options.</summary>
    /// <exception cref="InvalidOperationException">Settings are invalid; the message lists all mistakes.</exception>
    public static FunctionsOptions Bind(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        Settings settings = new(configuration);
        FunctionsOptions options = Read(settings);
        return settings.Mistakes.Count == 0 ? options : throw new InvalidOperationException(
            "The app cannot start, since settings are "
                + $"wrong:{string.Concat(settings.Mistakes.Select(mistake => $"{Environment.NewLine}  {mistake}"))}");
    }

    /// <summary>Reads all settings. An invalid setting is added to the mistakes and replaced by its default.</summary>
    internal static FunctionsOptions Read(Settings settings)
    {
        string topic = settings.Required("KafkaTopic", "clickstream_events");
        FunctionsOptions options = new()
        {
            Brokers = settings.Required("KafkaBrokers", "localhost:9092"),
            Topic = topic,
            Generation = settings.Text("KafkaGeneration") ?? "1",
            DeadLetterTopic = settings.Text("KafkaDeadLetterTopic") ?? topic + "_dlq",
            Protocol = settings.Choice("KafkaProtocol", KafkaProtocol.Plaintext).ToString(),
            Username = settings.Text("KafkaUsername"),
            Password = settings.Text("KafkaPassword"),
            StartAt = settings.Choice("KafkaStartAt", StartAt.Earliest),
            Engine = Engine(settings),
            Timing = Timing(settings),
            MaxStepRecords = settings.Number("Ingest__MaxStepRecords", IngestFunction.MaxBatchSize, 1, 100_000),
            MaxConcurrentPanes = settings.Number("Closing__MaxConcurrentPanes", 16, 1, 256),
            MaxConcurrentWindows = settings.Number("Closing__MaxConcurrentWindows", 16, 1, 256),
            Sinks = SinkRegistry.Read(kind => new SinkSettings(settings, kind.Name)),
        };
        Check(settings, options);
        return options;
    }

    private static EngineOptions Engine(Settings settings)
    {
        EngineOptions defaults = new();
        List<WindowDefinition> windows = [];
        for (int i = 0; settings.Text($"Windows__{i}__Name") is { } name; i++)
        {
            windows.Add(new WindowDefinition
            {
                Name = name,
                Size = settings.Span($"Windows__{i}__Size", TimeSpan.Zero),
                Slide = settings.OptionalSpan($"Windows__{i}__Slide"),
                Step = settings.OptionalSpan($"Windows__{i}__Step"),
                Offset = settings.Span($"Windows__{i}__Offset", TimeSpan.Zero),
            });
        }

        if (settings.Has("Sessions"))
        {
            settings.Mistake("Sessions: expected no such settings, since the app computes no sessions yet; the tidemark command does");
        }

        AccumulatorLimits limits = AccumulatorLimits.Functions;
        return new EngineOptions
        {
            Windows = windows.Count > 0 ? windows : defaults.Windows,
            MaxOutOfOrderness = settings.Span("Engine__MaxOutOfOrderness", defaults.MaxOutOfOrderness),
            AllowedLateness = settings.Span("Engine__AllowedLateness", defaults.AllowedLateness),
            IdleTimeout = settings.Span("Engine__IdleTimeout", defaults.IdleTimeout),
            MaxFutureSkew = settings.Span("Engine__MaxFutureSkew", defaults.MaxFutureSkew),
            EmitEmptyWindows = settings.Flag("Engine__EmitEmptyWindows"),
            Input = Input(settings),
            TopPages = settings.Number("Engine__TopPages", defaults.TopPages, 1, 1000),

            // A shard would not fit its entity beyond these: 16,384 users take 104 KiB of it.
            ExactUsersLimit = settings.Number("Engine__ExactUsersLimit", limits.ExactUsers, 0, limits.ExactUsers),
            TopPagesCapacity = settings.Number("Engine__TopPagesCapacity", limits.Pages, 1, 4 * limits.Pages),
            BreakdownCapacity = settings.Number("Engine__BreakdownCapacity", limits.Breakdown, 1, 4 * limits.Breakdown),
        };
    }

    /// <summary>One setting with a JSON object: names of settings have no dots and keep no case, names of fields do.</summary>
    private static InputOptions Input(Settings settings)
    {
        if (settings.Text("Input") is not { } text)
        {
            return new InputOptions();
        }

        List<string> mistakes = [];
        InputOptions input = InputJson.Read(text, mistakes);
        mistakes.ForEach(mistake => settings.Mistake($"Input: {mistake}"));
        return mistakes.Count == 0 ? input : new InputOptions();
    }

    private static ProtocolTiming Timing(Settings settings)
    {
        ProtocolTiming defaults = new();
        TimeSpan second = TimeSpan.FromSeconds(1);
        return new ProtocolTiming
        {
            PollFirst = settings.Span("Timing__PollFirst", defaults.PollFirst, TimeSpan.FromMilliseconds(1), second),
            PollMax = settings.Span("Timing__PollMax", defaults.PollMax, TimeSpan.FromMilliseconds(10), 30 * second),
            ResendAfter = settings.Span("Timing__ResendAfter", defaults.ResendAfter, TimeSpan.FromMilliseconds(100), 600 * second),
            IngestTimeout = settings.Span("Timing__IngestTimeout", defaults.IngestTimeout, second, 290 * second),
            StepTimeout = settings.Span("Timing__StepTimeout", defaults.StepTimeout, second, 290 * second),
            RescueTimeout = settings.Span("Timing__RescueTimeout", defaults.RescueTimeout, 10 * second, 86_400 * second),
        };
    }

    private static void Check(Settings settings, FunctionsOptions options)
    {
        TriggerSwitches.Check(settings, options.Protocol);
        if (!GenerationForm().IsMatch(options.Generation))
        {
            settings.Mistake($"KafkaGeneration: expected 1 to {TopicNames.MaxGenerationLength} of a-z, 0-9 and _, got '{options.Generation}'");
        }

        if (options.Protocol.StartsWith("Sasl", StringComparison.Ordinal) && (options.Username is null || options.Password is null))
        {
            settings.Mistake($"KafkaUsername, KafkaPassword: expected both with KafkaProtocol {options.Protocol}");
        }

        if (options.DeadLetterTopic == options.Topic && options.Topic.Length > 0)
        {
            settings.Mistake($"KafkaDeadLetterTopic: expected another topic than KafkaTopic, got '{options.Topic}'");
        }

        foreach (SinkPlan sink in options.Sinks)
        {
            CheckFolder(settings, sink);
        }

        IReadOnlyList<string> mistakes = options.Engine.Validate();
        foreach (string mistake in mistakes)
        {
            settings.Mistake(SettingOf(mistake));
        }

        if (mistakes.Count == 0)
        {
            long paneMs = options.Grid.SizeMs;
            foreach (WindowDefinition window in options.Engine.Windows.Where(window => window.Size.TotalMilliseconds / paneMs > MaxPanesOfWindow))
            {
                settings.Mistake($"Windows: expected at most {MaxPanesOfWindow} panes a window, "
                    + $"got {window.Size.TotalMilliseconds / paneMs} of {paneMs} ms for '{window.Name}'");
            }
        }
    }

    /// <summary>Rejects a sink folder that the Functions host watches, since every new file would restart the host.</summary>
    private static void CheckFolder(Settings settings, SinkPlan sink)
    {
        if (sink.Folder is not { } root)
        {
            return;
        }

        string folder = Path.GetFullPath(root);
        string[] watched = [settings.Unlisted("AzureWebJobsScriptRoot") ?? AppContext.BaseDirectory, AppContext.BaseDirectory];
        if (watched.FirstOrDefault(app => IsWithin(folder, Path.GetFullPath(app))) is { } inside)
        {
            settings.Mistake(
                $"{sink.Name}__{SinkRegistry.Named(sink.Name).MainSetting}: expected a folder outside the app's own, "
                    + $"{Path.TrimEndingDirectorySeparator(inside)}, "
                    + $"since the Functions host restarts when a folder appears there; got '{root}', which is {folder}");
        }
    }

    private static bool IsWithin(string folder, string app)
    {
        string path = Path.GetRelativePath(app, folder);
        return path == "."
            || !(Path.IsPathRooted(path) || path == ".." || path.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal));
    }

    /// <summary>
    /// Converts the key of an engine option in a mistake to the name of its setting: <c>windows[2].size</c> is <c>Windows__2__Size</c>.
    /// </summary>
    private static string SettingOf(string mistake)
    {
        if (InputJson.Keys.Any(key => mistake.StartsWith(key + ':', StringComparison.Ordinal)
            || mistake.StartsWith(key + '.', StringComparison.Ordinal) || mistake.StartsWith(key + '[', StringComparison.Ordinal)))
        {
            return $"Input: {mistake}";
        }

        int end = mistake.IndexOf(':', StringComparison.Ordinal);
        string[] parts = mistake[..end].Replace("]", "", StringComparison.Ordinal).Split('[', '.');
        string name = string.Join("__", parts.Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        return (parts[0] is "windows" ? name : "Engine__" + name) + mistake[end..];
    }

    [GeneratedRegex($"^[a-z0-9_]{{1,11}}$", RegexOptions.CultureInvariant)]
    private static partial Regex GenerationForm();

    private enum KafkaProtocol
    {
        Plaintext,
        SaslSsl,
    }
}
