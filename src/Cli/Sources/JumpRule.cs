using Tidemark.Core.Watermarks;

namespace Tidemark.Cli.Sources;

/// <summary>How jumps of the event time are judged: <see cref="ForwardJump"/>.</summary>
/// <param name="MaxJumpMs">What is no jump yet, milliseconds; null when nothing is one.</param>
/// <param name="Confirms">Whether nothing more is waited for: what has not fallen back by now stands.</param>
internal readonly record struct JumpRule(long? MaxJumpMs, bool Confirms);
