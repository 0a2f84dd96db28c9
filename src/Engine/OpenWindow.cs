using Tidemark.Core.Windows;

namespace Tidemark.Engine;

/// <summary>A window that can still change.</summary>
internal sealed class OpenWindow(WindowDefinition definition, int order, Interval interval)
{
    public WindowDefinition Definition { get; } = definition;

    /// <summary>The index of the definition in the configuration.</summary>
    public int Order { get; } = order;

    public Interval Interval { get; } = interval;

    /// <summary>Whether the window was published before.</summary>
    public bool IsPublished { get; set; }

    /// <summary>Orders by end, then by the order of the configuration, then by start.</summary>
    public static readonly IComparer<OpenWindow> ByEnd = Comparer<OpenWindow>.Create(static (a, b) =>
    {
        int byEnd = a.Interval.EndMs.CompareTo(b.Interval.EndMs);
        int byOrder = byEnd != 0 ? byEnd : a.Order.CompareTo(b.Order);
        return byOrder != 0 ? byOrder : a.Interval.StartMs.CompareTo(b.Interval.StartMs);
    });
}
