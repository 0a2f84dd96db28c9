using Microsoft.DurableTask.Entities;

namespace Tidemark.Functions.Entities;

/// <summary>
/// An entity whose state is the binary form of a type of the engine. Null, which is no state at all, is an entity that does not exist; an operation without effect
/// leaves the very bytes that were there, also those of another version.
/// </summary>
public abstract class BinaryEntity : TaskEntity<byte[]?>
{
    /// <inheritdoc/>
    protected override byte[]? InitializeState(TaskEntityOperation entityOperation) => null;
}
