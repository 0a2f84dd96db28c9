using System.Globalization;
using Tidemark.Core;
using Tidemark.Core.Sessions;

namespace Tidemark.Cli.Configuration;

/// <summary>The sessions of a configuration: <c>"sessions": { "gap": "30min" }</c>. The key of pseudonyms comes from the environment.</summary>
internal static class SessionsConfig
{
    /// <summary>The variable with the key of pseudonyms.</summary>
    public const string KeyVariable = "TIDEMARK_USER_KEY";

    private const string Keys = "gap, maxLength, maxOpen, maxPages, pseudonymize";

    private const string Gap = "gap ", MaxLength = "maxLength ", MaxOpen = "maxOpen ", MaxPages = "maxPages ", Pseudonyms = ", pseudonyms";

    /// <summary>Reads the options.</summary>
    public static SessionOptions Read(ConfigObject settings)
    {
        settings.RequireKnown(Keys);
        SessionOptions defaults = new();
        return new SessionOptions
        {
            Gap = settings.Duration("gap") ?? defaults.Gap,
            MaxLength = settings.Duration("maxLength") ?? defaults.MaxLength,
            MaxOpen = settings.Number("maxOpen") ?? defaults.MaxOpen,
            MaxPages = settings.Number("maxPages") ?? defaults.MaxPages,
            Pseudonymize = settings.Boolean("pseudonymize") ?? defaults.Pseudonymize,
        };
    }

    /// <summary>Options with the key out of the environment, if they need one.</summary>
    public static EngineOptions WithKey(EngineOptions options, CommandContext context, ICollection<string> mistakes)
    {
        if (options.Sessions is not { Pseudonymize: true } sessions)
        {
            return options;
        }

        try
        {
            UserPseudonyms pseudonyms = new(context.Environment(KeyVariable) ?? "");
            return options with { Input = options.Input with { Sessions = sessions with { Pseudonyms = pseudonyms } } };
        }
        catch (ArgumentException)
        {
            mistakes.Add($"sessions.pseudonymize: expected a key of at least {UserPseudonyms.LeastKeyBytes} bytes in the environment "
                + $"variable {KeyVariable}, got {(context.Environment(KeyVariable) is { Length: > 0 } ? "a shorter one" : "none")}");
            return options;
        }
    }

    /// <summary>Options as a text that is the same for the same options; without the key of pseudonyms.</summary>
    public static string Write(SessionOptions? sessions) => sessions is null ? "off" : string.Create(
        CultureInfo.InvariantCulture,
        $"{Gap}{Durations.Format(sessions.Gap)}, {MaxLength}{Durations.Format(sessions.MaxLength)}, "
            + $"{MaxOpen}{sessions.MaxOpen}, {MaxPages}{sessions.MaxPages}{(sessions.Pseudonymize ? Pseudonyms : "")}");

    /// <summary>Reads the output of <see cref="Write"/>.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static SessionOptions? Parse(string text)
    {
        if (text == "off")
        {
            return null;
        }

        bool pseudonymize = text.EndsWith(Pseudonyms, StringComparison.Ordinal);
        string[] parts = (pseudonymize ? text[..^Pseudonyms.Length] : text).Split(", ");
        return parts.Length != 4 ? throw new FormatException($"no sessions: '{text}'") : new SessionOptions
        {
            Gap = Duration(0, Gap),
            MaxLength = Duration(1, MaxLength),
            MaxOpen = int.Parse(Value(2, MaxOpen), NumberStyles.None, CultureInfo.InvariantCulture),
            MaxPages = int.Parse(Value(3, MaxPages), NumberStyles.None, CultureInfo.InvariantCulture),
            Pseudonymize = pseudonymize,
        };

        string Value(int i, string name) => parts[i].StartsWith(name, StringComparison.Ordinal)
            ? parts[i][name.Length..]
            : throw new FormatException($"no sessions: '{text}'");

        TimeSpan Duration(int i, string name) =>
            Durations.TryParse(Value(i, name), out TimeSpan duration, out string? mistake) ? duration : throw new FormatException(mistake);
    }
}
