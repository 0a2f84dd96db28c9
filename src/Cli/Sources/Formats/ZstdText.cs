using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Tidemark.Cli.Sources.Formats;

/// <summary>The text of zstd data, of one frame or several.</summary>
internal sealed class ZstdText : ForwardStream
{
    /// <summary>The base 2 logarithm of the largest window that is kept, in bytes: 128 MiB, as much as <c>zstd -d</c> keeps.</summary>
    private const int MaxWindowLog = 27;

    private readonly DecompressionStream _text;

    public ZstdText(Stream compressed)
    {
        _text = new DecompressionStream(compressed, leaveOpen: false);
        _text.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
    }

    /// <exception cref="InvalidDataException">
    /// The data are cut off or damaged, need a larger window, or something else follows them.
    /// </exception>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _text.Read(buffer);
        }
        catch (EndOfStreamException error)
        {
            throw new InvalidDataException("the zstd data are cut off", error);
        }
        catch (ZstdException error)
        {
            throw new InvalidDataException(
                error.Code switch
                {
                    ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge =>
                        "the zstd data need more than 128 MiB of memory; feed them by zstd -dc --long=31 FILE | tidemark run --source -",
                    ZSTD_ErrorCode.ZSTD_error_prefix_unknown => "the zstd data are followed by something else",
                    ZSTD_ErrorCode.ZSTD_error_dictionary_wrong =>
                        "the zstd data need a dictionary; feed them by zstd -dc -D DICTIONARY FILE | tidemark run --source -",
                    _ => "the zstd data are damaged",
                },
                error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _text.Dispose();
        }

        base.Dispose(disposing);
    }
}
