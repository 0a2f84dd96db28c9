using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tidemark.Simulation.Redis;

/// <summary>The part of Lua 5.1's C API that scripts need, from Debian's library: the Lua version inside Redis.</summary>
internal static partial class Lua
{
    public const int Globals = -10002;
    public const int TypeNil = 0;
    public const int TypeBoolean = 1;
    public const int TypeNumber = 3;
    public const int TypeString = 4;
    public const int TypeTable = 5;

    private const string Library = "liblua5.1.so.0";

    [LibraryImport(Library, EntryPoint = "luaL_newstate")]
    public static partial nint NewState();

    [LibraryImport(Library, EntryPoint = "luaL_openlibs")]
    public static partial void OpenLibraries(nint state);

    [LibraryImport(Library, EntryPoint = "luaL_loadbuffer", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LoadBuffer(nint state, ReadOnlySpan<byte> text, nuint length, string name);

    /// <summary>Runs a function. An error is returned as a value and never jumps through managed frames.</summary>
    [LibraryImport(Library, EntryPoint = "lua_pcall")]
    public static partial int ProtectedCall(nint state, int arguments, int results, int handler);

    [LibraryImport(Library, EntryPoint = "lua_gettop")]
    public static partial int GetTop(nint state);

    [LibraryImport(Library, EntryPoint = "lua_settop")]
    public static partial void SetTop(nint state, int index);

    [LibraryImport(Library, EntryPoint = "lua_type")]
    public static partial int TypeOf(nint state, int index);

    [LibraryImport(Library, EntryPoint = "lua_tolstring")]
    public static partial nint ToText(nint state, int index, out nuint length);

    [LibraryImport(Library, EntryPoint = "lua_tonumber")]
    public static partial double ToNumber(nint state, int index);

    [LibraryImport(Library, EntryPoint = "lua_toboolean")]
    public static partial int ToBoolean(nint state, int index);

    [LibraryImport(Library, EntryPoint = "lua_pushlstring")]
    public static partial void PushText(nint state, ReadOnlySpan<byte> text, nuint length);

    [LibraryImport(Library, EntryPoint = "lua_pushnumber")]
    public static partial void PushNumber(nint state, double number);

    [LibraryImport(Library, EntryPoint = "lua_pushboolean")]
    public static partial void PushBoolean(nint state, int value);

    [LibraryImport(Library, EntryPoint = "lua_pushvalue")]
    public static partial void PushValue(nint state, int index);

    [LibraryImport(Library, EntryPoint = "lua_createtable")]
    public static partial void NewTable(nint state, int items, int fields);

    [LibraryImport(Library, EntryPoint = "lua_rawseti")]
    public static partial void SetItem(nint state, int table, int index);

    [LibraryImport(Library, EntryPoint = "lua_rawgeti")]
    public static partial void GetItem(nint state, int table, int index);

    [LibraryImport(Library, EntryPoint = "lua_setfield", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetField(nint state, int table, string name);

    [LibraryImport(Library, EntryPoint = "lua_getfield", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void GetField(nint state, int table, string name);

    [LibraryImport(Library, EntryPoint = "lua_pushcclosure")]
    public static unsafe partial void PushFunction(nint state, delegate* unmanaged[Cdecl]<nint, int> function, int upvalues);

    public static void Pop(nint state, int count) => SetTop(state, -count - 1);

    public static void Push(nint state, ReadOnlySpan<byte> text) => PushText(state, text, (nuint)text.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe byte[] Bytes(nint state, int index)
    {
        nint text = ToText(state, index, out nuint length);
        return new ReadOnlySpan<byte>((void*)text, (int)length).ToArray();
    }
}
