namespace Microsoft.DurableTask.Client.Entities;

public record EntityQuery
{
    public const int DefaultPageSize = 100;

    private readonly string? _startsWith;

    /// <summary>Always begins with '@'; the entity's name in it is in lower case, the key is not touched.</summary>
    public string? InstanceIdStartsWith
    {
        get => _startsWith;
        init
        {
            if (value is null)
            {
                return;
            }

            var id = value.StartsWith('@') ? value : "@" + value;
            var key = id.IndexOf('@', 1);
#pragma warning disable CA1308 // Lower case is the stored form.
            _startsWith = key < 0 ? id.ToLowerInvariant() : id[..key].ToLowerInvariant() + id[key..];
#pragma warning restore CA1308
        }
    }

    public DateTimeOffset? LastModifiedFrom { get; init; }

    public DateTimeOffset? LastModifiedTo { get; init; }

    public bool IncludeState { get; init; } = true;

    public bool IncludeTransient { get; init; }

    public int? PageSize { get; init; }

    public string? ContinuationToken { get; init; }
}
