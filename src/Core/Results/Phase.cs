namespace Tidemark.Core.Results;

/// <summary>The kind of a publication.</summary>
public enum Phase
{
    /// <summary>Published while the window is open.</summary>
    Live,

    /// <summary>The first publication after the window closed.</summary>
    OnTime,

    /// <summary>A further publication, with events that arrived within the allowed lateness.</summary>
    Corrected,
}

/// <summary>The names of phases in JSON and in the lake.</summary>
public static class PhaseNames
{
    /// <summary>The name: <c>live</c>, <c>on_time</c>, <c>corrected</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a value of the enumeration.</exception>
    public static string Name(this Phase phase) => phase switch
    {
        Phase.Live => "live",
        Phase.OnTime => "on_time",
        Phase.Corrected => "corrected",
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, null),
    };

    /// <summary>The phase of a name.</summary>
    /// <exception cref="InvalidDataException">No phase has this name.</exception>
    public static Phase Parse(string? name) => name switch
    {
        "live" => Phase.Live,
        "on_time" => Phase.OnTime,
        "corrected" => Phase.Corrected,
        _ => throw new InvalidDataException($"unknown phase '{name}': expected live, on_time or corrected"),
    };
}
