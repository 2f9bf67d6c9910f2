# mongotail::settings: warnings and sanitizers, for the project's own targets alone.

add_library(mongotail_settings INTERFACE)
add_library(mongotail::settings ALIAS mongotail_settings)
target_compile_options(
  mongotail_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
                               -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast)
if(MONGOTAIL_WERROR)
  target_compile_options(mongotail_settings INTERFACE -Werror)
  # What g++ 12 says only where it optimizes is told, but it is wrong too often to be an error:
  # about optionals (GCC bug 105562) and strings put together (105329, 105651).
  foreach(warning maybe-uninitialized restrict array-bounds stringop-overflow stringop-overread)
    target_compile_options(mongotail_settings
                           INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-error=${warning}>)
  endforeach()
endif()
if(MONGOTAIL_SANITIZE)
  target_compile_options(mongotail_settings INTERFACE -fsanitize=${MONGOTAIL_SANITIZE}
                                                      -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer)
  target_link_options(mongotail_settings INTERFACE -fsanitize=${MONGOTAIL_SANITIZE})
endif()
if(MONGOTAIL_FUZZ)
  target_compile_options(mongotail_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
