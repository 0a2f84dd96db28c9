using Tidemark.Protocol;

namespace Tidemark.Functions.Entities;

/// <summary>Rows of one pane and partition: the input of <see cref="ShardEntity.Apply"/>.</summary>
/// <param name="From">First offset that was looked at.</param>
/// <param name="To">The offset of the last row.</param>
/// <param name="Partial">The rows, encoded.</param>
public sealed record ShardRows(long From, long To, byte[] Partial);

/// <summary>Where a partition begins: the input of <see cref="PartitionEntity.Open"/>.</summary>
/// <param name="Start">The first offset to read.</param>
/// <param name="WatermarkMs">The watermark it is born with.</param>
/// <param name="NowMs">Now.</param>
public sealed record CursorStart(long Start, long WatermarkMs, long NowMs);

/// <summary>A watermark for a partition that nobody writes to: the input of <see cref="PartitionEntity.Lift"/>.</summary>
/// <param name="Next">The cursor's next that was seen.</param>
/// <param name="WatermarkMs">The watermark.</param>
public sealed record CursorLift(long Next, long WatermarkMs);

/// <summary>A revision of a pane: the input of <see cref="PaneEntity.Put"/>.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Vector">How far each partition is in it.</param>
/// <param name="Content">The rows, encoded.</param>
public sealed record PaneRevision(long Revision, OffsetVector Vector, byte[] Content);

/// <summary>A pane's revision as it was read back: the input of <see cref="TopicEntity.Closed"/>.</summary>
/// <param name="PaneMs">Start of the pane.</param>
/// <param name="Revision">The revision.</param>
/// <param name="Vector">How far each partition is in it.</param>
public sealed record PaneClosed(long PaneMs, long Revision, OffsetVector Vector);

/// <summary>A window's revision that was written: the input of <see cref="TopicEntity.Published"/>.</summary>
/// <param name="Family">The name of the window's family.</param>
/// <param name="EndMs">The window's end.</param>
/// <param name="Revision">The revision.</param>
/// <param name="WatermarkMs">The watermark it was written with.</param>
public sealed record WindowPublished(string Family, long EndMs, long Revision, long WatermarkMs);

/// <summary>Windows without rows that were written as zeros: the input of <see cref="TopicEntity.EmptyPublished"/>.</summary>
/// <param name="Family">The name of their family.</param>
/// <param name="AfterMs">They end after this time.</param>
/// <param name="UntilMs">They end at or before this time.</param>
/// <param name="WatermarkMs">The watermark they were written with.</param>
public sealed record EmptyPublished(string Family, long AfterMs, long UntilMs, long WatermarkMs);

/// <summary>What can be final: the input of <see cref="TopicEntity.Final"/>.</summary>
/// <param name="EndMs">The end of the last pane.</param>
/// <param name="PartitionsSeen">The partitions that were looked at.</param>
public sealed record PanesFinal(long EndMs, IReadOnlyList<int> PartitionsSeen);
