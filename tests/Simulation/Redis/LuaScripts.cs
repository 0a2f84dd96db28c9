using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Tidemark.Simulation.Redis;

/// <summary>
/// Runs Redis scripts in real Lua, with their commands against a store in memory. One Lua state per thread, since scripts keep nothing
/// between runs.
/// </summary>
internal sealed class LuaScripts
{
    // An error of a command is returned as a table and raised by Lua itself, since it must never jump through managed frames.
    private const string Prelude =
        """
        local raw = raw_call
        raw_call = nil
        redis = { call = function(...)
          local answer = raw(...)
          if type(answer) == 'table' and answer.err then error(answer.err, 0) end
          return answer
        end }
        """;

    [ThreadStatic]
    private static LuaScripts? s_ofThread;

    private readonly nint _state = Lua.NewState();
    private readonly Dictionary<string, string> _names = [];
    private RedisStore? _store;

    private unsafe LuaScripts()
    {
        Lua.OpenLibraries(_state);
        Lua.PushFunction(_state, &Call, 0);
        Lua.SetField(_state, Lua.Globals, "raw_call");
        Load(Prelude, "prelude");
        Run(0);
    }

    public static LuaScripts OfThread => s_ofThread ??= new LuaScripts();

    /// <summary>Runs a script as one step of the store.</summary>
    /// <exception cref="RedisErrorException">The script or one of its commands failed; earlier effects remain.</exception>
    public object? Evaluate(RedisStore store, string script, IReadOnlyList<byte[]> keys, IReadOnlyList<byte[]> values)
    {
        _store = store;
        try
        {
            SetTable("KEYS", keys);
            SetTable("ARGV", values);
            if (!_names.TryGetValue(script, out string? name))
            {
                name = "script_" + _names.Count.ToString(CultureInfo.InvariantCulture);
                Load(script, name);
                Lua.SetField(_state, Lua.Globals, name);
                _names.Add(script, name);
            }

            Lua.GetField(_state, Lua.Globals, name);
            Run(1);
            object? answer = Answer(-1);
            Lua.Pop(_state, 1);
            return answer;
        }
        finally
        {
            _store = null;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Call(nint state)
    {
        try
        {
            LuaScripts machine = s_ofThread!;
            byte[][] arguments = new byte[Lua.GetTop(state)][];
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = Argument(state, i + 1);
            }

            Push(state, machine._store!.Run(arguments));
        }
#pragma warning disable CA1031 // Nothing may leave into Lua's frames.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Lua.NewTable(state, 0, 1);
            Lua.Push(state, Encoding.UTF8.GetBytes(problem is RedisErrorException ? problem.Message : $"ERR {problem}"));
            Lua.SetField(state, -2, "err");
        }

        return 1;
    }

    private static byte[] Argument(nint state, int index) => Lua.TypeOf(state, index) switch
    {
        Lua.TypeString => Lua.Bytes(state, index),
        Lua.TypeNumber => RedisStore.Text(Lua.ToNumber(state, index)),
        var other => throw new RedisErrorException($"ERR Lua redis lib command arguments must be strings or integers, got type {other}"),
    };

    /// <summary>Converts a result to Lua as Redis does: nil becomes false.</summary>
    private static void Push(nint state, object? answer)
    {
        switch (answer)
        {
            case null:
                Lua.PushBoolean(state, 0);
                break;
            case long number:
                Lua.PushNumber(state, number);
                break;
            case byte[] text:
                Lua.Push(state, text);
                break;
            case IReadOnlyList<byte[]> list:
                Lua.NewTable(state, list.Count, 0);
                for (int i = 0; i < list.Count; i++)
                {
                    Lua.Push(state, list[i]);
                    Lua.SetItem(state, -2, i + 1);
                }

                break;
            default:
                throw new InvalidOperationException($"No answer of a command: {answer.GetType()}.");
        }
    }

    /// <summary>Converts a script's result as Redis does: numbers lose their fraction, true is 1, false is nil.</summary>
    private object? Answer(int index) => Lua.TypeOf(_state, index) switch
    {
        Lua.TypeNumber => (long)Lua.ToNumber(_state, index),
        Lua.TypeString => Lua.Bytes(_state, index),
        Lua.TypeBoolean => Lua.ToBoolean(_state, index) != 0 ? 1L : null,
        _ => null,
    };

    private void SetTable(string name, IReadOnlyList<byte[]> items)
    {
        Lua.NewTable(_state, items.Count, 0);
        for (int i = 0; i < items.Count; i++)
        {
            Lua.Push(_state, items[i]);
            Lua.SetItem(_state, -2, i + 1);
        }

        Lua.SetField(_state, Lua.Globals, name);
    }

    private void Load(string script, string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(script);
        if (Lua.LoadBuffer(_state, text, (nuint)text.Length, name) != 0)
        {
            Throw();
        }
    }

    private void Run(int results)
    {
        if (Lua.ProtectedCall(_state, 0, results, 0) != 0)
        {
            Throw();
        }
    }

    private void Throw()
    {
        string message = Encoding.UTF8.GetString(Lua.Bytes(_state, -1));
        Lua.Pop(_state, 1);
        throw new RedisErrorException(message);
    }
}

/// <summary>An error reply.</summary>
internal sealed class RedisErrorException(string message) : Exception(message);
