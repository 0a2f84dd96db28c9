using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>Rows of one pane and partition: the input of <see cref="ShardEntity.Apply"/>.</summary>
/// <param name="From">The first offset that was searched for rows of the pane.</param>
/// <param name="To">The offset of the last row.</param>
/// <param name="Partial">The rows, as an encoded accumulator.</param>
public sealed record ShardRows(long From, long To, byte[] Partial);

/// <summary>The start of a partition: the input of <see cref="PartitionEntity.Open"/>.</summary>
/// <param name="Start">The first offset to read.</param>
/// <param name="WatermarkMs">The birth watermark, epoch milliseconds.</param>
/// <param name="NowMs">The current time, epoch milliseconds.</param>
public sealed record CursorStart(long Start, long WatermarkMs, long NowMs);

/// <summary>A watermark for an idle partition: the input of <see cref="PartitionEntity.Lift"/>.</summary>
/// <param name="Next">The next offset of the cursor that was read.</param>
/// <param name="WatermarkMs">The watermark, epoch milliseconds.</param>
public sealed record CursorLift(long Next, long WatermarkMs);

/// <summary>A revision of a pane: the input of <see cref="PaneEntity.Put"/>.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Vector">The offset of each partition up to which its rows are included.</param>
/// <param name="Content">The rows, as an encoded accumulator.</param>
public sealed record PaneRevision(long Revision, OffsetVector Vector, byte[] Content);

/// <summary>A pane's revision that was read back: the input of <see cref="TopicEntity.Closed"/>.</summary>
/// <param name="PaneMs">The start of the pane, epoch milliseconds.</param>
/// <param name="Revision">The revision.</param>
/// <param name="Vector">The offset of each partition up to which its rows are included.</param>
public sealed record PaneClosed(long PaneMs, long Revision, OffsetVector Vector);

/// <summary>A window's revision that was written: the input of <see cref="TopicEntity.Published"/>.</summary>
/// <param name="Family">The name of the window's family.</param>
/// <param name="EndMs">The window's end, epoch milliseconds.</param>
/// <param name="Revision">The revision.</param>
/// <param name="WatermarkMs">The watermark with which it was written, epoch milliseconds.</param>
public sealed record WindowPublished(string Family, long EndMs, long Revision, long WatermarkMs);

/// <summary>Windows without rows that were written as zeros: the input of <see cref="TopicEntity.EmptyPublished"/>.</summary>
/// <param name="Family">The name of their family.</param>
/// <param name="AfterMs">The windows end after this time, epoch milliseconds.</param>
/// <param name="UntilMs">The windows end at or before this time, epoch milliseconds.</param>
/// <param name="WatermarkMs">The watermark with which they were written, epoch milliseconds.</param>
public sealed record EmptyPublished(string Family, long AfterMs, long UntilMs, long WatermarkMs);

/// <summary>The panes that can be final: the input of <see cref="TopicEntity.Final"/>.</summary>
/// <param name="EndMs">The end of the last pane, epoch milliseconds.</param>
/// <param name="PartitionsSeen">The partitions that were examined.</param>
public sealed record PanesFinal(long EndMs, IReadOnlyList<int> PartitionsSeen);
