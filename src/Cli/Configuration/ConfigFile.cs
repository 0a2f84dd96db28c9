using System.Text.Json;
using Tidemark.Cli.Kafka;
using Tidemark.Core;
using Tidemark.Core.Windows;
using Tidemark.Sinks;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Configuration;

/// <summary>Reads <see cref="EngineOptions"/> from a JSON file; comments and trailing commas are allowed.</summary>
internal static class ConfigFile
{
    private const string Keys =
        "windows, maxOutOfOrderness, allowedLateness, idleTimeout, maxFutureSkew, maxJump, exactUsersLimit, "
            + "topPages, topPagesCapacity, breakdownCapacity, emitEmptyWindows, redis, kafka, "
        + "schema, fields, eventTypes, breakdowns, counters, sessions, timestampUnit, defaultZone";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private const string WindowKeys = "name, size, slide, step, offset";

    private const string RedisKeys = "tls, tlsCertificateSha256, user, useEntra, keyPrefix, retention";

    /// <summary>Reads the options, or says everything that is wrong with them.</summary>
    /// <param name="path">The file, or null for the defaults.</param>
    /// <param name="options">Valid options when there is no mistake.</param>
    /// <param name="redis">How to speak to Redis; its endpoint and password come from elsewhere, and so does its validation.</param>
    /// <returns>All mistakes.</returns>
    public static IReadOnlyList<string> Read(string? path, out EngineOptions options, out RedisOptions redis) =>
        Read(path, out options, out redis, out _);

    /// <summary>Reads the options, or says everything that is wrong with them.</summary>
    /// <param name="path">The file, or null for the defaults.</param>
    /// <param name="options">Valid options when there is no mistake.</param>
    /// <param name="redis">How to speak to Redis; its endpoint and password come from elsewhere, and so does its validation.</param>
    /// <param name="kafka">Properties of librdkafka, each of which it knows.</param>
    /// <returns>All mistakes.</returns>
    public static IReadOnlyList<string> Read(
        string? path, out EngineOptions options, out RedisOptions redis, out IReadOnlyDictionary<string, string> kafka)
    {
        options = new EngineOptions();
        redis = new RedisOptions { Endpoint = "" };
        kafka = new Dictionary<string, string>();
        if (path is null)
        {
            return [];
        }

        try
        {
            ReadOnlyMemory<byte> text = File.ReadAllBytes(path);
            text = text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text;
            if (BrokenText.Find(text.Span) is { } broken)
            {
                return [$"{path}: {broken}"];
            }

            using JsonDocument document = JsonDocument.Parse(
                text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            List<string> mistakes = [];
            ConfigObject root = new("", document.RootElement, mistakes);
            options = Engine(root, options);
            redis = root.Object("redis") is { } settings ? Redis(settings, redis) : redis;
            kafka = root.Object("kafka")?.Texts() ?? kafka;
            mistakes.AddRange(KafkaSettings.Mistakes(kafka).Select(mistake => $"kafka.{mistake}"));
            mistakes.AddRange([.. options.Validate().Where(mistake => !IsToldBy(mistakes, mistake))]);
            return [.. mistakes.Select(mistake => $"{path}: {mistake}")];
        }
        catch (Exception error) when (IoProblem.Is(error))
        {
            return [$"cannot read the configuration {path}: {IoProblem.Describe(error, path)}"];
        }
        catch (JsonException error)
        {
            string reason = error.Message.Split(" LineNumber:", 2)[0].TrimEnd('.');
            return [$"{path}: expected JSON, got something else in line {error.LineNumber + 1} at byte {error.BytePositionInLine + 1}: {reason}"];
        }
    }

    /// <summary>Whether a mistake only follows from one that was told: what could not be read was replaced by something that is no better.</summary>
    private static bool IsToldBy(IEnumerable<string> told, string mistake)
    {
        string key = KeyOf(mistake);
        return told.Select(KeyOf).Any(toldKey => key == toldKey
            || key.StartsWith(toldKey + ".", StringComparison.Ordinal)
            || (key == "windows" && toldKey.StartsWith("windows[", StringComparison.Ordinal)));
    }

    private static string KeyOf(string mistake) => mistake.Split(':', 2)[0];

    private static EngineOptions Engine(ConfigObject root, EngineOptions defaults)
    {
        root.RequireKnown(Keys);
        return defaults with
        {
            Windows = root.Objects("windows")?.Select(Window).ToArray() ?? defaults.Windows,
            MaxOutOfOrderness = root.Duration("maxOutOfOrderness") ?? defaults.MaxOutOfOrderness,
            AllowedLateness = root.Duration("allowedLateness") ?? defaults.AllowedLateness,
            IdleTimeout = root.Duration("idleTimeout") ?? defaults.IdleTimeout,
            MaxFutureSkew = root.Duration("maxFutureSkew") ?? defaults.MaxFutureSkew,
            MaxJump = root.DurationOrOff("maxJump", defaults.MaxJump),
            ExactUsersLimit = root.Number("exactUsersLimit") ?? defaults.ExactUsersLimit,
            TopPages = root.Number("topPages") ?? defaults.TopPages,
            TopPagesCapacity = root.Number("topPagesCapacity") ?? defaults.TopPagesCapacity,
            BreakdownCapacity = root.Number("breakdownCapacity") ?? defaults.BreakdownCapacity,
            EmitEmptyWindows = root.Boolean("emitEmptyWindows") ?? defaults.EmitEmptyWindows,
            Input = root.Input() with { Sessions = root.Object("sessions") is { } sessions ? SessionsConfig.Read(sessions) : null },
        };
    }

    private static RedisOptions Redis(ConfigObject settings, RedisOptions defaults)
    {
        settings.RequireKnown(RedisKeys);
        return defaults with
        {
            Tls = settings.Boolean("tls") ?? defaults.Tls,
            TlsCertificateSha256 = settings.Text("tlsCertificateSha256"),
            User = settings.Text("user"),
            UseEntra = settings.Boolean("useEntra") ?? defaults.UseEntra,
            KeyPrefix = settings.Text("keyPrefix") ?? defaults.KeyPrefix,
            Retention = settings.Duration("retention") ?? defaults.Retention,
        };
    }

    private static WindowDefinition Window(ConfigObject window)
    {
        window.RequireKnown(WindowKeys);
        return new WindowDefinition
        {
            Name = window.Required(window.Text("name"), "name", "a name such as 1min") ?? "",
            Size = window.Required(window.Duration("size"), "size", "a duration such as 1min") ?? TimeSpan.Zero,
            Slide = window.Duration("slide"),
            Step = window.Duration("step"),
            Offset = window.Duration("offset") ?? TimeSpan.Zero,
        };
    }
}
