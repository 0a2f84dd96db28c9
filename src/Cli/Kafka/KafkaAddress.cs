using System.Globalization;
using System.Text.RegularExpressions;

namespace Tidemark.Cli.Kafka;

/// <summary>Where a partition begins of which nothing was counted yet.</summary>
internal enum KafkaStart
{
    /// <summary>At the first record that its log holds.</summary>
    Earliest,

    /// <summary>After the last one: only what comes from now on is counted.</summary>
    Latest,
}

/// <summary>A topic as the command line names it: <c>kafka://HOST:PORT[,HOST:PORT]/TOPIC?KEY=VALUE&amp;...</c>.</summary>
/// <param name="Brokers">The brokers that are asked first, each with its port.</param>
/// <param name="Topic">The topic.</param>
internal sealed partial record KafkaAddress(string Brokers, string Topic)
{
    /// <summary>How every address of a topic begins.</summary>
    public const string Scheme = "kafka://";

    /// <summary>How a source is written, for help and messages.</summary>
    public const string SourceForm = "kafka://HOST:PORT/TOPIC[?group=G]";

    /// <summary>How a target is written.</summary>
    public const string TargetForm = "kafka://HOST:PORT/TOPIC";

    private const int DefaultPort = 9092;
    private const string WhereSecretsGo =
        "a command line is seen by everybody on the machine: put it into kafka of --config, or a password into " + KafkaSettings.PasswordVariable;

    /// <summary>The consumer group that is told how far everything was counted; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Where a partition begins of which nothing was counted yet.</summary>
    public KafkaStart Start { get; init; }

    /// <summary>Whether to go on where the log no longer holds what comes next, instead of stopping.</summary>
    public bool SkipsGaps { get; init; }

    /// <summary>Properties of librdkafka.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>();

    /// <summary>What summaries and messages call it: the address without its query.</summary>
    public string Name => $"{Scheme}{Brokers}/{Topic}";

    /// <summary>Whether a text means a topic, and not a file.</summary>
    public static bool IsMeant(string? text) => text is not null && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads an address.</summary>
    /// <param name="text">The text, for which <see cref="IsMeant"/> holds.</param>
    /// <param name="isSource">Whether it is read from; a target has no group and no start.</param>
    /// <param name="mistakes">Takes what is wrong with it. Secrets are not repeated in it.</param>
    /// <returns>The address; of use only when there are no mistakes.</returns>
    public static KafkaAddress Parse(string text, bool isSource, ICollection<string> mistakes)
    {
        string[] parts = text[Scheme.Length..].Split('?', 2);
        string form = isSource ? SourceForm : TargetForm;
        if (parts[0].Contains('@', StringComparison.Ordinal))
        {
            mistakes.Add($"expected {form}, got a login in front of the host: {WhereSecretsGo}, and the user into kafka of --config (sasl.username)");
            return new KafkaAddress("", "");
        }

        string[] place = parts[0].Split('/', 2);
        string brokers = string.Join(',', place[0].Split(',').Select(broker => Broker(broker, form, mistakes)));
        string topic = place.Length == 2 ? Uri.UnescapeDataString(place[1]) : "";
        if (!TopicName().IsMatch(topic) || topic is "." or "..")
        {
            mistakes.Add(topic.Length == 0
                ? $"expected {form}, got no topic"
                : $"expected a topic of 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', got '{topic}'");
        }

        KafkaAddress address = new(brokers, topic);
        return parts.Length == 2 ? address.With(parts[1], isSource, mistakes) : address;
    }

    private KafkaAddress With(string query, bool isSource, ICollection<string> mistakes)
    {
        KafkaAddress address = this;
        Dictionary<string, string> properties = new(StringComparer.Ordinal);
        HashSet<string> seen = [];
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            string key = Uri.UnescapeDataString(parts[0]);
            string value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (key.Length == 0 || value.Length == 0)
            {
                mistakes.Add($"expected KEY=VALUE after '?' and '&', got '{key}' without {(key.Length == 0 ? "a key" : "a value")}");
            }
            else if (!seen.Add(key))
            {
                mistakes.Add($"{key}: expected once, got it again");
            }
            else if (KafkaSettings.IsSecret(key))
            {
                mistakes.Add($"{key}: {WhereSecretsGo}");
            }
            else if (key is "group" or "start" or "gap")
            {
                address = isSource ? address.WithOption(key, value, mistakes) : Refused(address, key, mistakes);
            }
            else
            {
                properties[key] = value;
            }
        }

        return address with { Properties = properties };
    }

    private KafkaAddress WithOption(string key, string value, ICollection<string> mistakes)
    {
        switch (key, value)
        {
            case ("group", _):
                return this with { Group = value };
            case ("start", "earliest"):
                return this with { Start = KafkaStart.Earliest };
            case ("start", "latest"):
                return this with { Start = KafkaStart.Latest };
            case ("gap", "stop"):
                return this with { SkipsGaps = false };
            case ("gap", "skip"):
                return this with { SkipsGaps = true };
            default:
                mistakes.Add($"{key}: expected {(key == "start" ? "earliest or latest" : "stop or skip")}, got '{value}'");
                return this;
        }
    }

    private static KafkaAddress Refused(KafkaAddress address, string key, ICollection<string> mistakes)
    {
        mistakes.Add($"{key}: is for a --source, expected only properties of librdkafka");
        return address;
    }

    private static string Broker(string text, string form, ICollection<string> mistakes)
    {
        // [::1]:9092 has colons in its host.
        int colon = text.EndsWith(']') ? -1 : text.LastIndexOf(':');
        string host = colon < 0 ? text : text[..colon];
        string port = colon < 0 ? DefaultPort.ToString(CultureInfo.InvariantCulture) : text[(colon + 1)..];
        bool isPort = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 65535;
        if (host.Length == 0 || host.Any(char.IsWhiteSpace) || !isPort)
        {
            mistakes.Add($"expected {form}, got {(text.Length == 0 ? "no broker" : $"the broker '{text}'")}");
        }

        return $"{host}:{port}";
    }

    [GeneratedRegex("^[a-zA-Z0-9._-]{1,249}$")]
    private static partial Regex TopicName();
}
