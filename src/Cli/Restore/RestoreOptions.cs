using Tidemark.Core.Windows;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli.Restore;

/// <summary>What is restored, and where.</summary>
/// <param name="Lake">The lake.</param>
/// <param name="Redis">The Redis to fill.</param>
/// <param name="Windows">The families that are known; others of the lake are left out.</param>
internal sealed record RestoreOptions(string Lake, RedisOptions Redis, IReadOnlyList<WindowDefinition> Windows);
