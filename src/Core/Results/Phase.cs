namespace Tidemark.Core.Results;

/// <summary>What kind of publication a result is.</summary>
public enum Phase
{
    /// <summary>The window is still open.</summary>
    Live,

    /// <summary>Its first closing.</summary>
    OnTime,

    /// <summary>Closed again, with events that came within the allowed lateness.</summary>
    Corrected,
}
