using Parquet.Meta;
using Parquet.Schema;

namespace Parquet;

/// <summary>Opening a file reads its footer only; columns are read when asked for.</summary>
public class ParquetReader : ParquetActor, IAsyncDisposable
{
    private readonly bool _leaveStreamOpen;
    private readonly List<ParquetRowGroupReader> _rowGroups = [];
    private FileSchema? _schema;

    private ParquetReader(Stream input, bool leaveStreamOpen)
        : base(input)
    {
        _leaveStreamOpen = leaveStreamOpen;
        if (!input.CanRead || !input.CanSeek)
        {
            throw new ArgumentException("stream must be readable and seekable", nameof(input));
        }

        if (input.Length <= 8)
        {
            throw new IOException("not a Parquet file (size too small)");
        }
    }

    public Dictionary<string, string> CustomMetadata
    {
        get
        {
            var pairs = new Dictionary<string, string>();
            foreach (KeyValue pair in Metadata?.KeyValueMetadata ?? [])
            {
                pairs[pair.Key] = pair.Value!;
            }

            return pairs;
        }
    }

    public int RowGroupCount => Metadata?.RowGroups.Count ?? -1;

    public ParquetSchema Schema => _schema!.Model;

    public FileMetaData? Metadata { get; private set; }

    public IReadOnlyList<ParquetRowGroupReader> RowGroups => _rowGroups;

    internal FileSchema FileSchema => _schema!;

    internal long FileBytes => Stream.Length;

    public static async Task<ParquetReader> CreateAsync(
        string filePath,
        ParquetOptions? parquetOptions = null,
        CancellationToken cancellationToken = default)
    {
        FileStream file = File.OpenRead(filePath);
        try
        {
            return await CreateAsync(file, parquetOptions, leaveStreamOpen: false, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static async Task<ParquetReader> CreateAsync(
        Stream input,
        ParquetOptions? parquetOptions = null,
        bool leaveStreamOpen = true,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var reader = new ParquetReader(input, leaveStreamOpen);
        await reader.OpenAsync(cancellationToken).ConfigureAwait(false);
        return reader;
    }

    public static async Task<ParquetSchema> ReadSchemaAsync(string filePath)
    {
        await using ParquetReader reader = await CreateAsync(filePath).ConfigureAwait(false);
        return reader.Schema;
    }

    public static async Task<ParquetSchema> ReadSchemaAsync(Stream parquetStream)
    {
        await using ParquetReader reader = await CreateAsync(parquetStream).ConfigureAwait(false);
        return reader.Schema;
    }

    public ParquetRowGroupReader OpenRowGroupReader(int index) => _rowGroups[index];

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _leaveStreamOpen ? ValueTask.CompletedTask : Stream.DisposeAsync();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await ValidateFileAsync().ConfigureAwait(false);
        Metadata = await ReadMetadataAsync(cancellationToken).ConfigureAwait(false);
        _schema = new FileSchema(Metadata.Schema);
        _rowGroups.AddRange(Metadata.RowGroups.Select(group => new ParquetRowGroupReader(this, group)));
    }
}
