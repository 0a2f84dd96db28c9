using System.Buffers.Binary;
using Parquet.Columns;
using Parquet.Meta;
using Parquet.Thrift;

namespace Parquet;

public class ParquetActor
{
    private const int TailBytes = 8;

    internal ParquetActor(Stream? fileStream)
    {
        ArgumentNullException.ThrowIfNull(fileStream);
        Stream = fileStream;
    }

    protected Stream Stream { get; }

    /// <summary>Checks the magic at both ends.</summary>
    /// <exception cref="IOException">It is not there. (The type is the real library's.)</exception>
    protected async Task ValidateFileAsync()
    {
        byte[] head = await ReadAtAsync(0, 4, default).ConfigureAwait(false);
        byte[] tail = await ReadAtAsync(Stream.Length - 4, 4, default).ConfigureAwait(false);
        if (!head.AsSpan().SequenceEqual(FileWriter.Magic) || !tail.AsSpan().SequenceEqual(FileWriter.Magic))
        {
            throw new IOException($"not a parquet file, head: {Convert.ToHexString(head)}, tail: {Convert.ToHexString(tail)}");
        }
    }

    internal async Task<FileMetaData> ReadMetadataAsync(CancellationToken cancellationToken)
    {
        byte[] tail = await ReadAtAsync(Stream.Length - TailBytes, 4, cancellationToken).ConfigureAwait(false);
        int length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length <= 0 || length > Stream.Length - TailBytes - FileWriter.Magic.Length)
        {
            throw new ParquetException($"the file is corrupt: a footer of {length} bytes in a file of {Stream.Length}");
        }

        byte[] footer = await ReadAtAsync(Stream.Length - TailBytes - length, length, cancellationToken).ConfigureAwait(false);
        return MetadataReader.ReadFile(footer);
    }

    internal async Task<byte[]> ReadAtAsync(long offset, int count, CancellationToken cancellationToken)
    {
        Stream.Seek(offset, SeekOrigin.Begin);
        byte[] bytes = new byte[count];
        await Stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
