using System.IO.Compression;
using System.Runtime.InteropServices;
using Parquet.Compression;
using Parquet.Encodings;
using Parquet.Meta;
using Parquet.Schema;
using Parquet.Thrift;

namespace Parquet.Columns;

/// <summary>
/// Writes a file from front to back: magic, row groups of one page per column, footer. Keeps one column in memory and the footer, and
/// never seeks, so any stream will do.
/// </summary>
internal sealed class FileWriter
{
    public static readonly byte[] Magic = "PAR1"u8.ToArray();

    /// <summary>Small files and columns reach the stream in one piece.</summary>
    private const int FlushBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly CompressionCodec _codec;
    private readonly CompressionLevel _level;
    private readonly FileMetaData _file;
    private readonly ByteBuffer _pending = new(4096);
    private readonly ByteBuffer _page = new(1024);
    private readonly ByteBuffer _compressed = new(1024);
    private long _flushed;
    private RowGroup _group = new();

    public FileWriter(Stream stream, ParquetSchema schema, ParquetOptions options, IReadOnlyDictionary<string, string>? metadata)
    {
        _stream = stream;
        _codec = (CompressionCodec)(int)options.CompressionMethod;
        _level = options.CompressionLevel;
        if (!Codecs.IsSupported(_codec))
        {
            throw new NotSupportedException($"writing with compression {options.CompressionMethod} is not supported");
        }

        _file = new FileMetaData
        {
            Version = 1,
            Schema = SchemaWriter.Write(schema),
            // Readers look for known writers' bugs by this name, so it must not be another's.
            CreatedBy = "Tidemark Parquet contract version 1.0 (build 1)",
            KeyValueMetadata = metadata?.Select(pair => new KeyValue { Key = pair.Key, Value = pair.Value }).ToList(),
        };
        _pending.Write(Magic);
    }

    private long Position => _flushed + _pending.Length;

    public void BeginRowGroup(int rows)
    {
        _group = new RowGroup { NumRows = rows, FileOffset = Position, Ordinal = (short)Math.Min(_file.RowGroups.Count, short.MaxValue) };
        _file.RowGroups.Add(_group);
        _file.NumRows += rows;
    }

    public async ValueTask WriteColumnAsync(ShreddedColumn column, CancellationToken cancellationToken)
    {
        WriteColumn(column);
        if (_pending.Length >= FlushBytes)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void EndRowGroup()
    {
        _group.TotalByteSize = _group.Columns.Sum(c => c.MetaData!.TotalUncompressedSize);
        _group.TotalCompressedSize = _group.Columns.Sum(c => c.MetaData!.TotalCompressedSize);
    }

    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        int before = _pending.Length;
        MetadataWriter.Write(new CompactWriter(_pending), _file);
        _pending.WriteInt32(_pending.Length - before);
        _pending.Write(Magic);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void WriteColumn(ShreddedColumn column)
    {
        _page.Clear();
        WriteLevels(column.RepetitionLevels, column.Field.MaxRepetitionLevel);
        WriteLevels(column.DefinitionLevels, column.Field.MaxDefinitionLevel);
        (byte[] Min, byte[] Max)? bounds = column.WriteValues(_page);

        _compressed.Clear();
        Codecs.Compress(_codec, _level, _page.Span, _compressed);
        long offset = Position;
        int before = _pending.Length;
        MetadataWriter.Write(new CompactWriter(_pending), new PageHeader
        {
            Type = PageType.DATA_PAGE,
            UncompressedPageSize = _page.Length,
            CompressedPageSize = _compressed.Length,
            DataPageHeader = new DataPageHeader
            {
                NumValues = column.LevelCount,
                Encoding = Meta.Encoding.PLAIN,
                DefinitionLevelEncoding = Meta.Encoding.RLE,
                RepetitionLevelEncoding = Meta.Encoding.RLE,
            },
        });
        int headerLength = _pending.Length - before;
        _pending.Write(_compressed.Span);
        _group.Columns.Add(new ColumnChunk
        {
            FileOffset = offset,
            MetaData = new ColumnMetaData
            {
                Type = column.Element.Type!.Value,
                Encodings = [Meta.Encoding.PLAIN, Meta.Encoding.RLE],
                PathInSchema = column.Field.Path.ToList(),
                Codec = _codec,
                NumValues = column.LevelCount,
                TotalUncompressedSize = (long)headerLength + _page.Length,
                TotalCompressedSize = (long)headerLength + _compressed.Length,
                DataPageOffset = offset,
                Statistics = new Statistics
                {
                    NullCount = column.LevelCount - column.ValueCount,
                    MinValue = bounds?.Min,
                    MaxValue = bounds?.Max,
                },
            },
        });
    }

    private void WriteLevels(List<int>? levels, int max)
    {
        if (levels is null)
        {
            return;
        }

        int start = _page.Length;
        _page.WriteInt32(0);
        Hybrid.Encode(CollectionsMarshal.AsSpan(levels), Hybrid.BitWidth(max), _page);
        _page.PatchInt32(start, _page.Length - start - sizeof(int));
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_pending.Memory, cancellationToken).ConfigureAwait(false);
        _flushed += _pending.Length;
        _pending.Clear();
    }
}
