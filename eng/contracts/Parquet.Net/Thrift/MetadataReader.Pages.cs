using Parquet.Meta;

namespace Parquet.Thrift;

internal static partial class MetadataReader
{
    /// <summary>Reads the header of the page at the start of <paramref name="data"/> and says how long the header is.</summary>
    public static PageHeader ReadPageHeader(ReadOnlySpan<byte> data, out int length)
    {
        var r = new CompactReader(data);
        var page = new PageHeader();
        r.BeginStruct();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: page.Type = (PageType)r.ReadInt32(); break;
                case 2: page.UncompressedPageSize = r.ReadInt32(); break;
                case 3: page.CompressedPageSize = r.ReadInt32(); break;
                case 4: page.Crc = r.ReadInt32(); break;
                case 5: page.DataPageHeader = ReadDataPageHeader(ref r); break;
                case 7: page.DictionaryPageHeader = ReadDictionaryPageHeader(ref r); break;
                case 8: page.DataPageHeaderV2 = ReadDataPageHeaderV2(ref r); break;
                default: r.Skip(); break;
            }
        }

        length = r.Position;
        return page;
    }

    private static DataPageHeader ReadDataPageHeader(ref CompactReader r)
    {
        var page = new DataPageHeader();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: page.NumValues = r.ReadInt32(); break;
                case 2: page.Encoding = (Meta.Encoding)r.ReadInt32(); break;
                case 3: page.DefinitionLevelEncoding = (Meta.Encoding)r.ReadInt32(); break;
                case 4: page.RepetitionLevelEncoding = (Meta.Encoding)r.ReadInt32(); break;
                default: r.Skip(); break;
            }
        }

        return page;
    }

    private static DictionaryPageHeader ReadDictionaryPageHeader(ref CompactReader r)
    {
        var page = new DictionaryPageHeader();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: page.NumValues = r.ReadInt32(); break;
                case 2: page.Encoding = (Meta.Encoding)r.ReadInt32(); break;
                case 3: page.IsSorted = r.ReadBool(); break;
                default: r.Skip(); break;
            }
        }

        return page;
    }

    private static DataPageHeaderV2 ReadDataPageHeaderV2(ref CompactReader r)
    {
        var page = new DataPageHeaderV2();
        r.BeginStructField();
        for (short id = 0; r.NextField(ref id);)
        {
            switch (id)
            {
                case 1: page.NumValues = r.ReadInt32(); break;
                case 2: page.NumNulls = r.ReadInt32(); break;
                case 3: page.NumRows = r.ReadInt32(); break;
                case 4: page.Encoding = (Meta.Encoding)r.ReadInt32(); break;
                case 5: page.DefinitionLevelsByteLength = r.ReadInt32(); break;
                case 6: page.RepetitionLevelsByteLength = r.ReadInt32(); break;
                case 7: page.IsCompressed = r.ReadBool(); break;
                default: r.Skip(); break;
            }
        }

        return page;
    }
}
