// Package resizetest has the conformance tests of [resize.Engine], and images to test with.
//
//	func TestEngine(t *testing.T) { resizetest.Run(t, resize.NewEngine(resize.EngineConfig{})) }
//
// [Photo] paints an image like a photograph; [JPEG] and [PNG] encode it, and [WithEXIF] and [WithSegment] add metadata.
// [Reference] and [PSNR] say how near a variant is to what it should be. [Damaged] and [Hostile] yield files that are
// broken, by accident or on purpose.
package resizetest
