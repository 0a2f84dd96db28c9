using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Microsoft.DurableTask.Entities;

/// <summary>
/// Sends an operation to the public method of its name, as <see cref="TaskEntity{TState}"/> really does: a parameter of type
/// <see cref="TaskEntityContext"/> gets the context, one other parameter the input or its default value, and the state is stored
/// after the method has completed, never when it throws.
/// </summary>
internal static class OperationDispatch
{
    public static MethodInfo? Find(TaskEntityOperation operation, object target) =>
        target.GetType().GetMethod(operation.Name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    public static ValueTask<object?> RunAsync(TaskEntityOperation operation, object target, MethodInfo method, Func<object?> state)
    {
        object? result;
        try
        {
            result = method.Invoke(target, Bind(operation, method));
        }
        catch (TargetInvocationException exception) when (exception.InnerException is { } thrown)
        {
            ExceptionDispatchInfo.Throw(thrown);
            throw;
        }

        // By the declared type: a method that is declared to return an object returns that object, even if it is a task.
        var declared = method.ReturnType;
        if (typeof(Task).IsAssignableFrom(declared))
        {
            return new(CompleteAsync(operation.State, state, (Task)result!, ResultOf(declared, typeof(Task<>))));
        }

        if (declared == typeof(ValueTask))
        {
            return CompleteAsync(operation.State, state, (ValueTask)result!);
        }

        if (declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(ValueTask<>))
        {
            if (!(bool)declared.GetProperty(nameof(ValueTask<>.IsCompletedSuccessfully))!.GetValue(result)!)
            {
                var task = (Task)declared.GetMethod(nameof(ValueTask<>.AsTask))!.Invoke(result, null)!;
                var taskType = typeof(Task<>).MakeGenericType(declared.GenericTypeArguments);
                return new(CompleteAsync(operation.State, state, task, ResultOf(taskType, typeof(Task<>))));
            }

            result = Stored(operation.State, state, ResultOf(declared, typeof(ValueTask<>))!.GetValue(result));
            return new(result);
        }

        return new(Stored(operation.State, state, result));
    }

    private static object?[] Bind(TaskEntityOperation operation, MethodInfo method)
    {
        var parameters = method.GetParameters();
        var values = new object?[parameters.Length];
        ParameterInfo? context = null;
        ParameterInfo? input = null;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i];
            if (parameter.ParameterType == typeof(TaskEntityContext))
            {
                ThrowIfBound(operation, context, parameter, "context");
                values[i] = operation.Context;
                context = parameter;
            }
            else
            {
                ThrowIfBound(operation, input, parameter, "input");
                values[i] = ReadInput(operation, parameter);
                input = parameter;
            }
        }

        return values;
    }

    private static object? ReadInput(TaskEntityOperation operation, ParameterInfo parameter)
    {
        if (operation.HasInput)
        {
            return operation.GetInput(parameter.ParameterType);
        }

        return parameter.HasDefaultValue
            ? parameter.DefaultValue
            : throw new InvalidOperationException(
                $"Operation {operation} of '{parameter.Member}' expects an input for '{parameter}', but the caller gave none.");
    }

    private static void ThrowIfBound(TaskEntityOperation operation, ParameterInfo? bound, ParameterInfo parameter, string what)
    {
        if (bound is not null)
        {
            throw new InvalidOperationException(
                $"Operation {operation} cannot bind the {what} to '{parameter}' of '{parameter.Member}': it is bound to '{bound}'.");
        }
    }

    private static PropertyInfo? ResultOf(Type declared, Type definition) =>
        declared.IsGenericType && declared.GetGenericTypeDefinition() == definition
            ? declared.GetProperty(nameof(Task<>.Result), BindingFlags.Public | BindingFlags.Instance)
            : null;

    private static async Task<object?> CompleteAsync(TaskEntityState store, Func<object?> state, Task task, PropertyInfo? result)
    {
        await task;
        return Stored(store, state, result?.GetValue(task));
    }

    private static ValueTask<object?> CompleteAsync(TaskEntityState store, Func<object?> state, ValueTask task) =>
        task.IsCompletedSuccessfully
            ? new(Stored(store, state, null))
            : new(CompleteAsync(store, state, task.AsTask(), null));

    private static object? Stored(TaskEntityState store, Func<object?> state, object? result)
    {
        store.SetState(state());
        return result;
    }
}
