using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Tidemark.Functions.Hosting;

/// <summary>Reads settings and collects all mistakes, each with the setting's full name, the expected and the actual value.</summary>
internal sealed class Settings(IConfiguration configuration)
{
    private readonly List<string> _mistakes = [];
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Mistakes => _mistakes;

    /// <summary>The names of all settings that were read, present or not.</summary>
    public IReadOnlyCollection<string> Names => _names;

    public void Mistake(string mistake) => _mistakes.Add(mistake);

    /// <summary>Gets a text; null when it is absent or empty.</summary>
    public string? Text(string name)
    {
        _names.Add(name);
        return Unlisted(name);
    }

    /// <summary>
    /// Same as <see cref="Text"/>, for a name that is not a setting of the app: another spelling, or a setting of the Functions host.
    /// </summary>
    public string? Unlisted(string name) => configuration[name.Replace("__", ":", StringComparison.Ordinal)] is { Length: > 0 } text ? text : null;

    /// <summary>Whether any setting of a section is there, such as <c>Sessions__Gap</c> of <c>Sessions</c>.</summary>
    public bool Has(string section) => configuration.GetSection(section).GetChildren().Any();

    public string Required(string name, string example)
    {
        if (Text(name) is { } text)
        {
            return text;
        }

        Mistake($"{name}: expected a value, such as {example}, got none");
        return "";
    }

    public T Choice<T>(string name, T otherwise)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (Enum.GetNames<T>().FirstOrDefault(known => known.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } value)
        {
            return Enum.Parse<T>(value);
        }

        Mistake($"{name}: expected one of {string.Join(", ", Enum.GetNames<T>())}, got '{text}'");
        return otherwise;
    }

    public bool Flag(string name)
    {
        if (Text(name) is not { } text)
        {
            return false;
        }

        if (!bool.TryParse(text, out bool value))
        {
            Mistake($"{name}: expected true or false, got '{text}'");
        }

        return value;
    }

    public int Number(string name, int otherwise, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
        {
            return value;
        }

        Mistake($"{name}: expected {least} to {most}, got '{text}'");
        return otherwise;
    }

    public TimeSpan Span(string name, TimeSpan otherwise, TimeSpan? least = null, TimeSpan? most = null) =>
        OptionalSpan(name, least, most) ?? otherwise;

    public TimeSpan? OptionalSpan(string name, TimeSpan? least = null, TimeSpan? most = null)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        // Format "c" only if there is a colon: "5" would be five days.
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan value)
            && (least is null || value >= least) && (most is null || value <= most))
        {
            return value;
        }

        Mistake($"{name}: expected a time as [days.]hh:mm:ss[.fraction]{(least is null ? "" : $" from {least} to {most}")}, got '{text}'");
        return null;
    }
}
