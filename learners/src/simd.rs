//! Which instructions has the machine that a loop may use?
//!
//! A hot loop is written once, as safe code that the compiler can turn into vector instructions, and compiled
//! for three generations of processors by [`for_each_machine`]. The versions differ in speed, not in any bit:
//! none may fuse or reorder floating-point operations.

/// Defines a function that calls the fastest compiled version of `$body` that the machine can run.
///
/// `$body` has to be `#[inline(always)]`, or the versions would all call the same code.
macro_rules! for_each_machine {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? = $body:path) => {
        $(#[$doc])*
        #[allow(unsafe_code, reason = "the versions are called only where the processor has what they were compiled for")]
        #[allow(clippy::too_many_arguments)]
        $vis fn $name($($arg: $type),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn wide($($arg: $type),*) $(-> $result)? {
                    $body($($arg),*)
                }
                #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
                fn usual($($arg: $type),*) $(-> $result)? {
                    $body($($arg),*)
                }
                match $crate::simd::machine() {
                    // SAFETY: `machine` asked the processor for every feature that `wide` is compiled for.
                    $crate::simd::Machine::Wide => return unsafe { wide($($arg),*) },
                    // SAFETY: as above, for `usual`.
                    $crate::simd::Machine::Usual => return unsafe { usual($($arg),*) },
                    $crate::simd::Machine::Any => {}
                }
            }
            $body($($arg),*)
        }
    };
}

pub(crate) use for_each_machine;

/// Generations of processors that loops are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
pub(crate) enum Machine {
    /// x86-64-v4: vectors of 512 bits.
    Wide,
    /// x86-64-v3: vectors of 256 bits.
    Usual,
    /// Whatever the program was compiled for.
    Any,
}

/// The generation of this processor.
#[inline]
#[cfg(target_arch = "x86_64")]
pub(crate) fn machine() -> Machine {
    use std::sync::OnceLock;
    static MACHINE: OnceLock<Machine> = OnceLock::new();
    *MACHINE.get_or_init(|| {
        let usual = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        let wide = usual
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512cd");
        if wide {
            Machine::Wide
        } else if usual {
            Machine::Usual
        } else {
            Machine::Any
        }
    })
}
