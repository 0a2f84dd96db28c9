using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Tidemark.Core.Metrics;

/// <summary>A currency: a text of at most 16 bytes in upper case, packed so that codes compare as their bytes do.</summary>
internal readonly record struct CurrencyCode : IComparable<CurrencyCode>
{
    /// <summary>The longest code in bytes; what is longer is <see cref="Other"/>.</summary>
    public const int MaxBytes = 16;

    // ISO 4217, the codes in use, without testing and bond market units.
    private const string Iso4217 =
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP "
        + "COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD "
        + "JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN "
        + "NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS "
        + "TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

    private static readonly HashSet<UInt128> Listed = [.. Iso4217.Split(' ').Select(code => Pack(Encoding.ASCII.GetBytes(code)))];

    private readonly UInt128 _packed;

    private CurrencyCode(UInt128 packed) => _packed = packed;

    /// <summary>Every currency that has no code of its own here. It is after all others: no UTF-8 has these bytes.</summary>
    public static CurrencyCode Other { get; } = new(UInt128.MaxValue);

    /// <summary>Whether it is in ISO 4217, or <see cref="Other"/>: however many currencies there are, it keeps its sum.</summary>
    public bool IsListed => this == Other || Listed.Contains(_packed);

    /// <summary>The currency that a text names; null when the text is blank.</summary>
    public static CurrencyCode? Of(ReadOnlySpan<byte> text)
    {
        text = text[Ascii.Trim(text)];
        if (text.IsEmpty)
        {
            return null;
        }

        if (text.Length > MaxBytes || text.ContainsAnyInRange((byte)0, (byte)0x1F))
        {
            return Other;
        }

        Span<byte> upper = stackalloc byte[MaxBytes];
        for (int i = 0; i < text.Length; i++)
        {
            upper[i] = text[i] is >= (byte)'a' and <= (byte)'z' ? (byte)(text[i] - 32) : text[i];
        }

        return new CurrencyCode(Pack(upper[..text.Length]));
    }

    /// <summary>Restores a code that <see cref="Write"/> wrote; null when it is none.</summary>
    public static CurrencyCode? Restore(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty ? Other : Utf8.IsValid(bytes) && Of(bytes) is { } code && code != Other && Pack(bytes) == code._packed ? code : null;

    /// <summary>Writes its bytes, none for <see cref="Other"/>.</summary>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <returns>Their number.</returns>
    public int Write(Span<byte> destination)
    {
        if (this == Other)
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt128BigEndian(destination, _packed);
        return destination[..MaxBytes].IndexOf((byte)0) is >= 0 and var length ? length : MaxBytes;
    }

    /// <inheritdoc/>
    public int CompareTo(CurrencyCode other) => _packed.CompareTo(other._packed);

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        return Encoding.UTF8.GetString(bytes[..Write(bytes)]);
    }

    private static UInt128 Pack(ReadOnlySpan<byte> code)
    {
        Span<byte> padded = stackalloc byte[MaxBytes];
        padded.Clear();
        code.CopyTo(padded);
        return BinaryPrimitives.ReadUInt128BigEndian(padded);
    }
}
