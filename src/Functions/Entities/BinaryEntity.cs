using Microsoft.DurableTask.Entities;

namespace Tidemark.Functions.Entities;

/// <summary>
/// An entity whose state is the binary form of a type in Protocol. Null is an entity that does not exist. An operation without effect
/// leaves the stored bytes unchanged, also those of another version.
/// </summary>
public abstract class BinaryEntity : TaskEntity<byte[]?>
{
    /// <inheritdoc/>
    protected override byte[]? InitializeState(TaskEntityOperation entityOperation) => null;
}
