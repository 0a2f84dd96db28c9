using System.Reflection;
using StackExchange.Redis;

namespace Tidemark.Simulation.Redis;

/// <summary>The client library's database interface with one command, evaluating a script. Any other fails.</summary>
#pragma warning disable CA1852 // The runtime makes a class that derives from it.
internal class ScriptDatabase : DispatchProxy
#pragma warning restore CA1852
{
    private static readonly ConstructorInfo? SingleResult = typeof(RedisResult).GetNestedType("SingleRedisResult", BindingFlags.NonPublic)
        ?.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(made => made.GetParameters().Length).FirstOrDefault();

    private Func<string, byte[][], byte[][], Task<object?>> _evaluate = null!;

    public static IDatabase Over(Func<string, byte[][], byte[][], Task<object?>> evaluate)
    {
        IDatabase database = Create<IDatabase, ScriptDatabase>();
        ((ScriptDatabase)(object)database)._evaluate = evaluate;
        return database;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod?.Name != nameof(IDatabase.ScriptEvaluateAsync) || args?[0] is not string script)
        {
            throw new NotSupportedException($"The model of Redis has no {targetMethod?.Name}.");
        }

        byte[][] keys = [.. ((RedisKey[]?)args[1] ?? []).Select(key => (byte[])key!)];
        byte[][] values = [.. ((RedisValue[]?)args[2] ?? []).Select(value => (byte[]?)value ?? [])];
        return EvaluateAsync(script, keys, values);
    }

    private async Task<RedisResult> EvaluateAsync(string script, byte[][] keys, byte[][] values) =>
        ResultOf(await _evaluate(script, keys, values).ConfigureAwait(false));

    /// <summary>Creates a result. The library has no public way to do that in older versions.</summary>
    private static RedisResult ResultOf(object? answer)
    {
        RedisValue value = answer switch
        {
            null => RedisValue.Null,
            long number => number,
            byte[] bytes => bytes,
            _ => throw new NotSupportedException($"The model has no result of {answer.GetType()}."),
        };
        ConstructorInfo made = SingleResult ?? throw new NotSupportedException("This version of the Redis client makes its results in another way.");
        object?[] arguments = new object?[made.GetParameters().Length];
        arguments[0] = value;
        return (RedisResult)made.Invoke(arguments);
    }
}
