using Tidemark.Cli.Kafka;

namespace Tidemark.Cli.Generate;

/// <summary>Where generated events go.</summary>
/// <param name="Path">The path or address, as on the command line.</param>
/// <param name="Topic">The topic; null when it is a file or standard output.</param>
/// <param name="IsPaced">Whether each event waits until it arrives.</param>
internal sealed record GenerateTarget(string Path, KafkaSettings? Topic, bool IsPaced);
